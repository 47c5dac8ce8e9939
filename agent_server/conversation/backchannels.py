"""Recognizes backchannels: sounds of listeners who do not take the turn, such as "mm-hmm"."""

import re
from typing import Final

_WORDS: Final = {
    "en": "yeah yes yep yup yay right okay ok sure i see got it wow oh ah aha nice good great cool "
    "really fine alright all true exactly indeed",
    "de": "ja jap jo genau okay ok gut aha ach so klar stimmt achso wirklich",
    "fr": "oui ouais d'accord ok okay ah bon bien voilà exact",
    "es": "sí si vale ok okay claro ya bien ajá exacto",
    "it": "sì si ok okay certo va bene ah già esatto",
    "nl": "ja oké ok goed aha precies juist",
}
_SOUNDS: Final = re.compile(r"[mh]+|[aeou]+h+|(?:ha|he|hi)+h?|[aeou]+h?-?h[aeu]+h?|m+-?h+m+")


def is_backchannel(text: str, language: str) -> bool:
    """Return whether a text has only words and sounds of agreement, or laughter."""
    agreement = _WORDS.get(language.partition("-")[0].lower(), "").split()
    words = re.findall(r"[\w'-]+", text.lower())
    return all(word in agreement or _SOUNDS.fullmatch(word) for word in words)
