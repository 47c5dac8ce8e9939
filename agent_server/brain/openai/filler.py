"""What the agent says while a tool takes long."""

from typing import Final

_FILLERS: Final = {
    "cs": "Okamžik, prosím.",
    "da": "Et øjeblik.",
    "de": "Einen Moment, bitte.",
    "en": "One moment, please.",
    "es": "Un momento, por favor.",
    "fi": "Hetkinen.",
    "fr": "Un instant, s'il vous plaît.",
    "hu": "Egy pillanat.",
    "it": "Un momento, per favore.",
    "nb": "Et øyeblikk.",
    "nl": "Een ogenblik, alstublieft.",
    "no": "Et øyeblikk.",
    "pl": "Chwileczkę.",
    "pt": "Um momento, por favor.",
    "ru": "Одну минуту.",
    "sv": "Ett ögonblick.",
    "tr": "Bir dakika lütfen.",
    "uk": "Хвилинку, будь ласка.",
}


def filler(language: str) -> str:
    """Return a sentence in a language (BCP 47); "" if none is known."""
    return _FILLERS.get(language.partition("-")[0].lower(), "")
