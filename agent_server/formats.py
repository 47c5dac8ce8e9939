"""The formats of replies."""

from enum import StrEnum


class OutputFormat(StrEnum):
    """How a reply is encoded; the values are those of the protocol."""

    RAW = "raw"
    MP3 = "mp3"
    WAV = "wav"
    OGG = "ogg"
    FLAC = "flac"
    MULAW = "mulaw"
