"""The counts of a walk, and the table of all walks."""

from benchmarks.walk import Step, Walk, print_table


class Target:
    """Something on a page."""

    def __init__(self):
        self.done = []

    async def click(self):
        self.done.append("click")

    async def fill(self, text):
        self.done.append(text)


async def test_walk_counts_each_step():
    walk, target = Walk("app", None), Target()
    walk.command()
    await walk.end_step("start")
    await walk.click(target)
    await walk.click(target)
    await walk.fill(target, "key")
    await walk.end_step("add")
    found = [(step.what, step.commands, step.clicks, step.fields) for step in walk.steps]
    assert found == [("start", 1, 0, 0), ("add", 0, 2, 1)]
    assert target.done == ["click", "click", "key"]


def test_table_has_the_sum_of_each_walk(capsys):
    steps = [Step("demo", "run", 1.0, commands=1), Step("app", "add", 2.0, clicks=3)]
    print_table([*steps, Step("app", "talk", 0.5, clicks=2, fields=1)])
    rows = capsys.readouterr().out.splitlines()
    assert "| demo | **all** | 1.0 | 1 |  |  |" in rows
    assert "| app | **all** | 2.5 |  | 5 | 1 |" in rows
