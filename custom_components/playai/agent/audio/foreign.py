"""Recognizes unsupported formats that a server sends instead of the requested one."""

from typing import Final

import numpy as np

PCM_BYTES: Final = 256
"""Bytes that distinguish 16-bit PCM from µ-law: 32 ms at 8 kHz."""

_SIGNATURES: Final = {
    # Name: the position and the bytes of the signature.
    "MP4 or M4A": (4, b"ftyp"),
    "fragmented MP4": (4, b"styp"),
    "WebM or Matroska": (0, b"\x1aE\xdf\xa3"),
    "AIFF": (8, b"AIF"),
    "CAF": (0, b"caff"),
    "AMR": (0, b"#!AMR"),
    "AU": (0, b".snd"),
    "RF64": (0, b"RF64"),
    "Wave64": (0, b"riff"),
    "FLV": (0, b"FLV\x01"),
    "ASF or WMA": (0, b"0&\xb2u\x8ef\xcf\x11"),
    "WavPack": (0, b"wvpk"),
    "AAC in ADIF": (0, b"ADIF"),
    "HTML": (0, b"<!DOCTYPE"),
}
_ADTS, _LOAS, _AC3 = "AAC in ADTS", "AAC in LOAS", "AC-3"
_ADTS_HEADER: Final = 7


def foreign_container(begin: bytes, *, is_bare: bool) -> str | None:
    """Return the name of a known format that is not supported; needs 12 bytes.

    Short signatures are ignored where bare samples are expected, which may look like them.
    """
    for name, (position, signature) in _SIGNATURES.items():
        if begin.startswith(signature, position):
            return name
    if is_bare:
        return _ADTS if _are_adts_frames(begin) else None
    if begin[0] == 0xFF and begin[1] & 0xF6 == 0xF0:
        return _ADTS
    if begin[0] == 0x56 and begin[1] & 0xE0 == 0xE0:
        return _LOAS
    return _AC3 if begin.startswith(b"\x0bw") else None


def _are_adts_frames(data: bytes) -> bool:
    """Whether `data` begins with two AAC frames (ISO 14496-3, 1.A.2.2)."""
    if data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return False
    size = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    return size >= _ADTS_HEADER and data[size : size + 2] == data[:2]


def is_pcm16(data: bytes) -> bool:
    """Whether bytes that should be µ-law are 16-bit PCM; needs `PCM_BYTES`.

    Every second byte of PCM is the upper half of a sample: unless speech is very loud, nearly
    all of them are close to 0 or 255, while the lower halves are spread out. In µ-law, both
    halves of a recording are alike, and bytes close to 0 are the loudest negative samples.
    """
    pairs = np.frombuffer(data[: len(data) // 2 * 2], np.uint8).reshape(-1, 2)
    if np.mean(pairs == 0) >= 0.95:
        return True  # Digital silence.
    lower, upper = pairs[:, 0], pairs[:, 1]
    if lower.min() == lower.max():
        return False
    spread = [np.bincount(half >> 4, minlength=16) / len(pairs) for half in (lower, upper)]
    difference = np.abs(spread[0] - spread[1]).sum() / 2
    small = spread[1][0] + spread[1][15]
    if small >= 0.9 and difference >= 0.5 and np.count_nonzero(spread[0]) >= 8:
        return True
    tiny = np.mean((upper == 0) | (upper == 255))
    return bool(tiny >= 0.95 and spread[1][0] >= 0.02)
