"""Messages are validated, and are written as the document specifies."""

import json
from base64 import b64encode
from typing import Any

import pytest

from agent_server.formats import OutputFormat
from agent_server.wire.messages import document as protocol
from agent_server.wire.messages import encode
from agent_server.wire.messages.document import Setup
from agent_server.wire.messages.errors import TEXTS, ErrorCode, ProtocolError

KEY = "ak-0123456789abcdef"


def read_setup(**fields: Any) -> Setup:
    return protocol.parse_setup(*protocol.parse_key(json.dumps({"type": "setup", **fields})))


def test_defaults_are_those_of_the_document():
    assert read_setup(apiKey=KEY) == Setup(KEY, False, OutputFormat.MULAW, 24_000)


def test_everything_can_be_set():
    setup = read_setup(apiKey=KEY, enableVad=True, outputFormat="ogg", outputSampleRate=8000)
    assert setup == Setup(KEY, True, OutputFormat.OGG, 8_000)


def test_unknown_fields_are_ignored():
    assert read_setup(apiKey=KEY, customGreeting="Hi", prompt=[]) == Setup(KEY)


def test_key_is_trimmed_and_may_have_the_bearer_prefix():
    assert read_setup(apiKey=f" Bearer {KEY} ").api_key == KEY


@pytest.mark.parametrize(
    "key", ["", " ", "Bearer ", "two words", "tab\tbed", "schlüssel", "x" * 513, 5, None, [KEY]]
)
def test_malformed_keys(key: Any):
    with pytest.raises(ProtocolError) as caught:
        read_setup(apiKey=key)
    assert caught.value.code is ErrorCode.INVALID_TOKEN


def test_missing_key():
    with pytest.raises(ProtocolError) as caught:
        read_setup()
    assert caught.value.code is ErrorCode.INVALID_TOKEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("enableVad", "true"),
        ("enableVad", 1),
        ("outputFormat", "aac"),
        ("outputFormat", "WAV"),
        ("outputFormat", ["wav"]),
        ("outputFormat", {}),
        ("outputSampleRate", 7_999),
        ("outputSampleRate", 48_001),
        ("outputSampleRate", -24_000),
        ("outputSampleRate", 16_000.5),
        ("outputSampleRate", float("nan")),
        ("outputSampleRate", float("inf")),
        ("outputSampleRate", 10**400),
        ("outputSampleRate", "16000"),
        ("outputSampleRate", True),
    ],
)
def test_bad_fields_are_named_but_not_repeated(field: str, value: Any):
    with pytest.raises(ProtocolError) as caught:
        read_setup(apiKey=KEY, **{field: value})
    assert caught.value.code is ErrorCode.BAD_MESSAGE
    assert caught.value.detail.startswith(field)
    assert KEY not in caught.value.detail


def test_json_has_one_kind_of_number():
    assert read_setup(apiKey=KEY, outputSampleRate=16_000.0).output_sample_rate == 16_000


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"setup"', "{}", '{"type":5}', '{"type":"audioIn"}', "[" * 9**6]
)
def test_messages_that_are_not_a_setup(text: str):
    with pytest.raises(ProtocolError) as caught:
        protocol.parse_key(text)
    assert caught.value.code is ErrorCode.NO_SETUP


def test_audio_in():
    data = bytes(range(256))
    text = json.dumps({"type": "audioIn", "data": b64encode(data).decode(), "more": 1})
    assert protocol.parse_audio_in(text) == data


@pytest.mark.parametrize("data", ["//8= ", "//8", "/\n/8=\r\n", " /\t/\f8"])
def test_audio_in_is_read_as_browsers_do(data: str):
    assert protocol.parse_audio_in(json.dumps({"type": "audioIn", "data": data})) == b"\xff\xff"


@pytest.mark.parametrize("field", ["enableVad", "outputFormat", "outputSampleRate"])
def test_null_is_the_default(field: str):
    assert protocol.parse_setup("ak-1", {field: None}) == protocol.Setup("ak-1")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{", "JSON"),
        ("5", "JSON object"),
        ("[" * 100_000, "JSON"),
        ("1" * 5_000, "JSON"),
        ('{"a":' * 50_000, "JSON"),
        ('{"data":""}', "type"),
        ('{"type":"setup"}', "type"),
        ('{"type":["audioIn"]}', "type"),
        ('{"type":"audioIn"}', "data"),
        ('{"type":"audioIn","data":7}', "data"),
        ('{"type":"audioIn","data":"/"}', "data"),
        ('{"type":"audioIn","data":"//8=="}', "data"),
        ('{"type":"audioIn","data":"ä"}', "data"),
        ('{"type":"audioIn","data":"//8\\u00a0="}', "data"),
        ('{"type":"audioIn","data":"\\ud800"}', "data"),
    ],
)
def test_bad_audio_in(text: str, detail: str):
    with pytest.raises(ProtocolError, match=detail) as caught:
        protocol.parse_audio_in(text)
    assert caught.value.code is ErrorCode.BAD_MESSAGE


def test_errors_in_both_editions():
    later = protocol.error(ErrorCode.WRONG_KEY, "", is_fatal=True, document_only=False)
    assert json.loads(encode(later)) == {
        "type": "error",
        "code": 2002,
        "message": "Invalid authorization token.",
        "isFatal": True,
    }
    document = protocol.error(ErrorCode.BAD_MESSAGE, "x.", is_fatal=False, document_only=True)
    assert json.loads(encode(document)) == {
        "type": "error",
        "code": 5001,
        "message": "Unknown error. Please contact support. x.",
    }


def test_every_code_has_a_text():
    assert set(TEXTS) == set(ErrorCode)


def test_no_setup_shows_its_key():
    assert KEY not in repr(Setup(KEY))
