"""Small talk, and what to say about itself."""

import re
from typing import Final

from .question import Question

HELP: Final = (
    "I can tell you the time and the date, how many days there are until Christmas, and what "
    "seventeen times twenty three is. I convert units, like miles to kilometers. "
    "And I can tell a joke or a story."
)
STORY: Final = (
    "Once there was a lighthouse keeper who had a parrot. Every evening the keeper climbed the "
    "ninety nine steps, lit the lamp, and said: all is well. The parrot listened for ten years "
    "and never said a word. Then came a night of storm and fog, and the keeper lay in bed with "
    "a fever and could not stand. Far out, a ship was looking for the shore. The parrot flew up "
    "the ninety nine steps, one by one, because the wind on the stairs was strong. It found the "
    "switch, as it had seen it a thousand times, and the light went on. In the morning the "
    "captain came to say thank you. The keeper said that he had slept all night. Everybody "
    "looked at the parrot. And the parrot said: all is well."
)
JOKES: Final = (
    "Why did the speaker go to the doctor? It had lost its voice.",
    "I would tell you a joke about silence, but I can hear you thinking already.",
    "What does a clock do when it is hungry? It goes back four seconds.",
)
_LAUGHTER: Final = re.compile(r"\bjoke|make me laugh|\bfunny\b")
_AGAIN: Final = re.compile(
    r"\b(repeat (that|it|please)|say (that|it) again|what did you (just )?say|come again)\b"
    r"|^(what|sorry|pardon|repeat)( me)?$"
)
_ANSWERS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (r"\bwhat (can|do) you (do|know)|\bwhat can i (ask|say)|^help( me)?$", HELP),
        (
            (
                r"\b(tell|read) (me |us )?(a|another|the|your) (\w+ )?(story|long text)\b"
                r"|\bsay something long"
            ),
            STORY,
        ),
        (
            r"\bhow are you\b|\bhow do you do\b|\bhow is it going\b",
            "I am well, thank you. And you?",
        ),
        (
            r"\bwho are you\b|\bwhat are you\b|\byour name\b|\bintroduce yourself\b",
            "I am a voice agent that runs on your own computer. What you say stays there.",
        ),
        (r"^(please )?(stop|never mind|cancel|be quiet)( it| that)?( please)?$", "Okay."),
        (
            r"\b(can|do) you hear me\b|\bare you there\b|^(mic )?test(ing)?\b",
            "Yes, I can hear you.",
        ),
        (r"\bthank(s| you)\b", "You are welcome."),
        (r"\b(good ?bye|bye|see you|good night)\b", "Goodbye!"),
        (r"\bgood morning\b", "Good morning! What can I do for you?"),
        (r"\bgood (afternoon|evening)\b", "Good to hear you. What can I do for you?"),
        (r"\b(are you|you are) (a )?(human|real|person|alive)\b", "No, I am a program."),
        (r"\bmeaning of life\b", "Some say that it is 42."),
        (
            r"^(hello|hi|hey|hey there|hello there|hi there)\b.{0,20}$",
            "Hello! What can I do for you?",
        ),
    )
)


def chat(question: Question) -> str | None:
    """Answer small talk; see `Topic`."""
    words = question.plain
    if _AGAIN.search(words):
        said = question.history[-1].agent if question.history else ""
        return said or "I have not said anything yet."
    if _LAUGHTER.search(words):
        told = sum(exchange.agent in JOKES for exchange in question.history)
        return JOKES[told % len(JOKES)]
    for pattern, answer in _ANSWERS:
        if pattern.search(words):
            return answer
    return None
