"""Messages as values: every message survives a round trip, and anything else is refused."""

import json
from contextlib import suppress

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_components.playai.agent import messages
from custom_components.playai.agent.home import (
    AgentFeatures,
    AnswerEnd,
    HomeOffer,
    Patience,
    Tool,
    ToolResult,
)
from custom_components.playai.agent.messages import (
    AudioIn,
    AudioStream,
    ErrorMessage,
    MalformedAudioError,
    MalformedMessageError,
    Message,
    OutputFormat,
    Setup,
    UserTranscript,
    describe,
    encode,
    parse,
)
from custom_components.playai.agent.words import clean_text

characters = st.characters(exclude_categories=["Cs"])
text = st.text(characters)
integers = st.integers(-(2**31), 2**31)
clean = text.map(clean_text)
# Longer names of an agent are left out.
names = st.text(characters, max_size=100).map(clean_text)
audio = st.binary(max_size=200)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda children: st.lists(children) | st.dictionaries(text, children),
    max_leaves=10,
)
ids = st.text("abc-123", min_size=1, max_size=64)
tools = st.builds(Tool, st.text("abc_", min_size=1, max_size=64), text, st.just({"type": "object"}))
offers = st.builds(
    HomeOffer,
    st.sampled_from(["en", "pt-BR"]),
    st.booleans(),
    st.lists(tools, unique_by=lambda tool: tool.name).map(tuple),
    text,
    st.lists(text).map(tuple),
    st.none() | st.sampled_from(Patience),
    st.booleans(),
    st.booleans(),
)

EVERY_MESSAGE = st.one_of(
    st.builds(Setup, text, st.booleans(), st.sampled_from(OutputFormat), integers),
    st.builds(messages.AudioIn, audio),
    st.builds(messages.AudioStream, audio),
    st.builds(messages.NewAudioStream),
    st.builds(messages.VoiceActivityStart),
    st.builds(messages.VoiceActivityEnd),
    st.builds(ErrorMessage, st.none() | integers, clean, st.none() | st.booleans()),
    st.builds(messages.Init, st.none() | clean),
    st.builds(messages.UserTranscript, clean),
    st.builds(messages.AgentTranscript, clean),
    st.builds(messages.AudioStreamStart),
    st.builds(messages.AudioStreamEnd),
    st.builds(messages.AgentInterrupted, st.none() | clean),
    st.builds(messages.AgentGreeting, st.none() | clean),
    st.builds(messages.AgentGreetingEnd),
    st.builds(messages.Hangup, st.none() | clean),
    st.builds(messages.HomeMessage, offers),
    st.builds(messages.PartialTranscript, clean),
    st.builds(messages.AnswerDelta, ids, text),
    st.builds(
        messages.AnswerEndMessage,
        ids,
        st.builds(AnswerEnd, st.none() | text, st.booleans(), st.none() | clean),
    ),
    st.builds(messages.ToolResultMessage, ids, st.builds(ToolResult, json_values, st.booleans())),
    st.builds(messages.Say, text, st.none() | clean, st.booleans()),
    st.builds(messages.UserText, text),
    st.builds(messages.Handled),
    st.builds(messages.Hold, st.booleans()),
    st.builds(messages.Played, st.integers(1, 2**31), st.integers(0, 2**31), st.booleans()),
    st.builds(
        messages.AgentMessage,
        st.builds(
            AgentFeatures,
            names,
            st.lists(names, max_size=100).map(tuple),
            st.frozensets(names, max_size=100),
            st.none() | names.map("/health".__add__),
        ),
    ),
    st.builds(messages.Ask, ids, clean),
    st.builds(messages.ToolCall, ids, names, st.dictionaries(text, json_values)),
    st.builds(messages.Cancel, ids),
)

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda children: st.lists(children) | st.dictionaries(text, children),
    max_leaves=10,
)


@given(EVERY_MESSAGE)
def test_every_message_comes_back(message: Message) -> None:
    assert parse(encode(message)) == message
    assert parse(encode(message).encode()) == message


@given(EVERY_MESSAGE)
def test_every_message_is_json_with_its_type(message: Message) -> None:
    assert json.loads(encode(message)) == {"type": message.TYPE, **message.to_fields()}


@given(st.binary(max_size=300) | text)
def test_anything_is_a_message_or_malformed(data: bytes | str) -> None:
    with suppress(MalformedMessageError):
        assert isinstance(parse(data), Message)


@given(
    st.sampled_from(sorted(messages._BY_TYPE)),
    st.dictionaries(
        st.sampled_from(
            "data message code isFatal apiKey outputFormat id text name arguments tools phrases "
            "stream ms isStopped hearsAgent "
            "language answers patience features health isError".split()
        )
        | text,
        any_json,
    ),
)
def test_any_fields_are_a_message_or_malformed(name: str, fields: dict[str, object]) -> None:
    try:
        text = orjson.dumps({**fields, "type": name})
    except TypeError:  # An integer beyond 64 bits.
        return
    with suppress(MalformedMessageError):
        assert isinstance(parse(text), Message)


def test_wire_texts_of_the_document() -> None:
    assert encode(AudioIn(b"\xff\xff")) == '{"type":"audioIn","data":"//8="}'
    assert json.loads(encode(Setup("k"))) == {
        "type": "setup",
        "apiKey": "k",
        "enableVad": False,
        "outputFormat": "mulaw",
        "outputSampleRate": 24000,
    }
    assert parse('{"type":"setup","apiKey":"k"}') == Setup("k")
    assert parse('{"type":"error","code":1002,"message":"Invalid agent id."}') == ErrorMessage(
        1002, "Invalid agent id."
    )


def test_unknown_types_and_fields_are_ignored() -> None:
    assert parse('{"type":"future","x":1}') == messages.Unknown("future")
    assert parse('{"type":"newAudioStream","x":1}') == messages.NewAudioStream()


@pytest.mark.parametrize(
    ("code", "read"), [("1001", 1001), (True, None), (1.5, None), (None, None), ("9" * 50, None)]
)
def test_error_is_an_error_whatever_its_code_is(code: object, read: int | None) -> None:
    assert parse(json.dumps({"type": "error", "code": code})) == ErrorMessage(read)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"type":null}',
        '{"type":"onUserTranscript"}',
        '{"type":"setup"}',
        '{"type":"setup","apiKey":"k","enableVad":1}',
        '{"type":"setup","apiKey":"k","outputFormat":"aac"}',
        '{"type":"setup","apiKey":"k","outputSampleRate":true}',
        "[" * 1_000_000,
        '{"a":' * 1_000_000,
        b"\xff\xfe",
    ],
)
def test_malformed(bad: str | bytes) -> None:
    with pytest.raises(MalformedMessageError):
        parse(bad)


@pytest.mark.parametrize("data", ["AAEC\n", "AA\r\nEC", " A A\tE\fC ", "AAEC"])
def test_white_space_in_base64_is_ignored(data: str) -> None:
    assert parse(json.dumps({"type": "audioStream", "data": data})) == AudioStream(b"\0\1\2")


@pytest.mark.parametrize(
    ("data", "decoded"), [("AAE", b"\0\1"), ("AA", b"\0"), ("AA=", b"\0"), ("AB", b"\0"), ("", b"")]
)
def test_padding_of_base64_may_be_missing(data: str, decoded: bytes) -> None:
    assert parse(json.dumps({"type": "audioStream", "data": data})) == AudioStream(decoded)


@pytest.mark.parametrize("fields", [{}, *({"data": data} for data in (None, 5, "A", "äää", "-_"))])
def test_audio_that_is_not_base64(fields: dict[str, object]) -> None:
    with pytest.raises(MalformedAudioError):
        parse(json.dumps({"type": "audioStream", **fields}))


def test_description_has_no_audio_and_no_key_and_is_short() -> None:
    assert describe(AudioStream(bytes(640))) == "AudioStream(640 bytes)"
    assert "secret" not in describe(Setup("secret"))
    assert len(describe(UserTranscript("a" * 10_000))) <= 500


def test_key_is_in_no_text_of_the_value() -> None:
    assert "secret" not in repr(Setup("secret"))
    assert repr(UserTranscript("hello")) == "UserTranscript(message='hello')"


@pytest.mark.parametrize("text", ["[" + "{}," * 30_000 + "{}]", '{"a":[' + '"",' * 30_000 + '""]}'])
def test_large_message_with_much_structure_is_malformed(text: str) -> None:
    """Parsing it would keep the event loop busy."""
    with pytest.raises(MalformedMessageError, match="large"):
        parse(text)
    with pytest.raises(MalformedMessageError, match="large"):
        parse(text.encode())


def test_large_message_with_audio_is_read() -> None:
    message = AudioStream(bytes(3_000_000))
    assert parse(encode(message)) == message
