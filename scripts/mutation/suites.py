"""The tests of each module that is measured."""

from pathlib import Path

ROOT = Path(__file__).parents[2]

LIBRARY = "custom_components/playai/agent"
SUITES: dict[str, list[list[str]]] = {
    f"{LIBRARY}/turn_taking": [["tests/agent/turn_taking"], ["tests/agent/test_turn_taking.py"]],
    f"{LIBRARY}/reply.py": [["tests/agent/test_reply_rules.py"]],
    f"{LIBRARY}/pacing.py": [["tests/agent/test_pacing_rules.py"]],
    "agent_server/conversation": [
        [
            f"tests/agent_server/test_{name}.py"
            for name in (
                *("inbox_rules", "playback_rules", "say_queue_rules", "utterances"),
                *("reply_rules", "acts_rules", "responder_rules", "cascade_rules"),
                *("examiner_rules", "pauses_rules", "backchannel_rules"),
            )
        ]
    ],
    "agent_server/turn_detection/score.py": [
        ["tests/agent_server/turn_detection/test_score.py"],
        ["tests/agent_server/turn_detection/test_policy.py"],
    ],
    "agent_server/turn_detection/endpointing.py": [
        [
            "tests/agent_server/test_endpointing_rules.py",
            "tests/agent_server/turn_detection/test_endpointing_levels.py",
        ]
    ],
    "agent_server/turn_detection/policy.py": [
        ["tests/agent_server/turn_detection/test_policy.py"],
        ["tests/agent_server/test_endpointing_rules.py"],
    ],
    "agent_server/turn_detection/gate.py": [["tests/agent_server/turn_detection/test_gate.py"]],
    "agent_server/turn_detection/background.py": [
        ["tests/agent_server/turn_detection/test_background.py"]
    ],
}
"""The tests of each file or folder. Later ones run against the survivors of earlier ones."""


def suite_of(path: Path) -> list[list[str]]:
    """Return the tests of a file."""
    name = path.relative_to(ROOT).as_posix()
    return next((tests for prefix, tests in SUITES.items() if name.startswith(prefix)), [])
