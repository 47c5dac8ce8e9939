"""Questions in other languages: the agent says that it only understands English."""

import re
from typing import Final

from .clock import spoken_time
from .question import Question

_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "German": """
            wie wer wo wann warum ist sind es ein eine der das und ich mir mich du bitte nicht wir
            mach schalte licht spät spate uhr viel gerade heute morgen wetter guten tag danke""",
        "French": """
            quelle quel heure est il qu'est ce que je tu vous le la les une merci bonjour allume
            éteins lumière s'il plaît temps fait aujourd'hui demain comment""",
        "Spanish": """
            qué hora es cómo está el la los una por favor gracias hola enciende apaga luz tiempo
            hoy mañana cuánto dónde""",
        "Italian": """
            che ora ore sono è il la una per favore grazie ciao buongiorno accendi spegni luce
            tempo oggi domani come quanto dove""",
        "Dutch": """
            hoe laat wat het een de en ik mij je niet alsjeblieft dank zet aan uit lamp weer
            vandaag morgen goedemorgen""",
    }.items()
}
"""Frequent words."""

_ENGLISH: Final = frozenset(
    "the a an and is are was what who when where why how do does did can could will would you i "
    "me my it its this that to of in on at for with please tell turn set not no yes".split()
)
_TIME: Final = re.compile(
    r"\bsp(?:ä|ae?)te? ist es\b|\bwie ?viel uhr\b|\bquelle heure\b|\bqué hora\b|\bche or[ae]\b"
    r"|\bhoe laat\b"
)
_ONLY_ENGLISH: Final = "I only understand English."


def detect_language(question: Question) -> str | None:
    """Answer a question in another language; see `Topic`."""
    if _TIME.search(question.plain):
        return f"It is {spoken_time(question.now)}. {_ONLY_ENGLISH}"
    words = question.plain.split()
    english = sum(word in _ENGLISH for word in words)
    foreign = max(sum(word in known for word in words) for known in _WORDS.values())
    if foreign >= max(2, len(words) / 3) and foreign > 2 * english:
        return f"Sorry, {_ONLY_ENGLISH}"
    return None
