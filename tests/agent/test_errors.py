"""Every kind of error has one policy, and the documentation shows the same."""

import re
from pathlib import Path

import pytest

from custom_components.playai.agent.errors import (
    MAX_MESSAGE,
    MESSAGE_CODES,
    POLICIES,
    AgentError,
    ErrorKind,
    Remedy,
)

DOCUMENT = (Path(__file__).parents[2] / "docs" / "errors.md").read_text("utf-8")


def section(title: str) -> str:
    return DOCUMENT.split(f"# {title}\n")[1].split("\n#")[0]


def documented(policy: str) -> set[str]:
    """The kinds in the row of a policy."""
    [row] = re.findall(
        rf"^\| (?:not )?`{policy}`: .*? \| (.*) \|$",
        section("How each kind is treated"),
        re.MULTILINE,
    )
    return set(re.findall(r"`(\w+)`", row))


def test_every_kind_has_a_policy() -> None:
    assert list(POLICIES) == list(ErrorKind)


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        ("is_fatal", {k for k, policy in POLICIES.items() if policy.is_fatal}),
        ("may_reopen", {k for k, policy in POLICIES.items() if not policy.may_reopen}),
        ("may_retry", {k for k, policy in POLICIES.items() if not policy.may_retry}),
        ("means_gone", {k for k, policy in POLICIES.items() if policy.means_gone}),
        ("reauth", {k for k, policy in POLICIES.items() if policy.remedy is Remedy.REAUTH}),
        ("repair", {k for k, policy in POLICIES.items() if policy.remedy is Remedy.REPAIR}),
    ],
)
def test_policies_are_as_documented(policy: str, kinds: set[ErrorKind]) -> None:
    assert documented(policy) == kinds


@pytest.mark.parametrize("kind", ErrorKind)
def test_remedies_are_as_described_to_the_user(kind: ErrorKind) -> None:
    [row] = re.findall(rf"^\| `{kind}` \| .* \| (.*) \|$", section("Errors"), re.MULTILINE)
    remedy = POLICIES[kind].remedy
    assert row.startswith("*Reauthenticate*") == (remedy is Remedy.REAUTH)
    assert row.startswith("repair ") == (remedy is Remedy.REPAIR)


@pytest.mark.parametrize("kind", ErrorKind)
def test_codes_are_as_documented(kind: ErrorKind) -> None:
    [cause] = re.findall(rf"^\| `{kind}` \| (.*?) \|", section("Errors"), re.MULTILINE)
    codes = {int(code) for code in re.findall(r"\b\d{4}\b", cause.replace("3001 to 3004", ""))}
    if "3001 to 3004" in cause:
        codes |= {3001, 3002, 3003, 3004}
    assert codes == {code for code, named in MESSAGE_CODES.items() if named is kind}


def test_the_policy_decides_whether_an_error_is_fatal_unless_the_server_does() -> None:
    assert AgentError(ErrorKind.NO_CREDITS).is_fatal
    assert not AgentError(ErrorKind.AGENT_FAILED).is_fatal
    assert not AgentError.from_code(1005, "", is_fatal=False).is_fatal
    assert AgentError.from_code(3003, "", is_fatal=True).is_fatal


def test_error_of_a_message() -> None:
    error = AgentError.from_code(1002, "x" * 1000)
    assert (error.kind, error.code) == (ErrorKind.UNKNOWN_AGENT, 1002)
    assert error.message == str(error) == "x" * MAX_MESSAGE
    assert AgentError.from_code(None, "").kind is ErrorKind.SERVER_FAULT
    assert str(AgentError(ErrorKind.NO_REPLY)) == "no_reply"


def test_copy_without_traceback() -> None:
    try:
        raise AgentError.from_code(3003, "failed", is_fatal=True)
    except AgentError as error:
        copy = error.without_traceback()
    assert copy.__traceback__ is None
    assert (copy.kind, copy.code, copy.message) == (ErrorKind.AGENT_FAILED, 3003, "failed")
    assert copy.is_fatal
