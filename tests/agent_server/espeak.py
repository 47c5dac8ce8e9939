"""eSpeak NG: a voice for any language, which synthesizes without a model."""

import ctypes
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_SYNCHRONOUS: Final = 2
_UTF8: Final = 1
_RATE_PARAMETER: Final = 1

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Espeak:
    """The library, which has one voice at a time."""

    def __init__(self, folder: Path, voice: str, words_per_minute: int) -> None:
        self._library = ctypes.CDLL(str(folder / "libespeak-ng.so"))
        data = str(folder / "espeak-ng-data").encode()
        self.rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0)
        assert self.rate > 0
        self._pieces: list[NDArray[np.int16]] = []
        self._callback = _Callback(self._take)  # The library keeps only its address.
        self._library.espeak_SetSynthCallback(self._callback)
        assert self._library.espeak_SetVoiceByName(voice.encode()) == 0
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)

    def speak(self, text: str) -> NDArray[np.int16]:
        """Return the speech; the same each time."""
        self._pieces = []
        data = text.encode() + b"\0"
        assert self._library.espeak_Synth(data, len(data), 0, 0, 0, _UTF8, None, None) == 0
        return np.concatenate(self._pieces)

    def _take(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0
