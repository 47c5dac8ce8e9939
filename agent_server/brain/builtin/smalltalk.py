"""Small talk, and answers of the agent about itself."""

import re
from typing import Final

from .courtesies import COURTESIES, GREETING
from .question import Question

HELP: Final = (
    "Where Home Assistant answers, you can say, for example: turn off all the lights, or add milk "
    "to my shopping list. I also know the time, here and in other cities, dates, sums, units, "
    "capitals and a few jokes."
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
_LAUGHTER: Final = re.compile(
    r"\bjokes?\b|make me laugh|\bsomething (?:\w+ )?funny\b|cheer me up"
    r"|\b(?:i am|i'm) (?:so )?bored\b"
)
_NO_LAUGHTER: Final = re.compile(r"\b(?:no|not|stop|enough|never|thank(?:s| you) for)\b|n't\b")
_COMMAND: Final = re.compile(
    r"\b(?:turn|switch|put|dim|open|close|lock|unlock|play|pause|set|add|remind|call)\b"
)
"""Small talk does not answer a sentence with a command: it would seem to be carried out."""

_DONE: Final = (
    r"^(?:no )?(?:stop|never mind|cancel|quiet|be quiet|shut up|silence|enough|nothing|no|nope"
    r"|that is (?:all|enough|it)|forget (?:it|about it)|leave it|go away)"
    r"(?: (?:it|that|now|talking|please|thanks|thank you|stop|never mind|all|everything))*$"
)
_ANSWERS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (_DONE, "Okay."),
        (
            (
                r"\bwhat (?:else )?(?:can|do|could) you (?:do|know|help|answer)"
                r"|\bwhat (?:else )?can i (?:ask|say|do)|\bwhat are you able to"
                r"|\bwhat are your (?:skills|abilities|functions)|\bhow can you help|^help(?: me)?$"
            ),
            HELP,
        ),
        (
            (
                r"\b(?:tell|read) (?:me |us )?(?:a|another|the|your) (?:\w+ )?(?:story|long text)\b"
                r"|\bsay something long"
            ),
            STORY,
        ),
        (
            r"\bwho are you\b|\bwhat are you$|\byour name\b|\bintroduce yourself\b",
            "I am a voice agent that runs on your own computer.",
        ),
        (
            (
                r"\byou (?:hear|understand) me\b|^hear me$"
                r"|\bare you (?:listening|(?:still )?there)\b"
                r"|^(?:mic )?test(?:ing)?(?: (?:test(?:ing)?|one|two|three|mic|check))*$"
            ),
            "Yes, I can hear you.",
        ),
        *COURTESIES,
        (r"\b(?:are you|you are) (?:a )?(?:human|real|person|alive)\b", "No, I am a program."),
        (r"\bhow old are you\b", "I am a program, so I do not count years."),
        (r"^where are you(?: now)?$", "I run on your own computer."),
        (
            (
                r"\byou(?:'re| are) (?:so |really )?(?:stupid|dumb|useless|wrong)\b"
                r"|^that(?:'s| is) (?:wrong|not (?:right|true|what i (?:asked|said|meant)))$"
            ),
            "I am sorry. Please try other words.",
        ),
        (r"^(?:why(?: not)?|how come|how so)$", "I cannot give reasons. I only know a few facts."),
        (r"^(?:really|are you sure|is that (?:so|true|right))$", "As far as I know, yes."),
        (r"\bmeaning of life\b", "Some say that it is 42."),
        (
            (
                r"^(?:(?:i am|i'm) )?(?:fine|well|good|great|very well)(?: too)?$"
                r"|^(?:that|it) (?:is|was) (?:so |very |really )?funny$"
            ),
            "I am glad to hear that.",
        ),
        (
            (
                r"^(?:please )?(?:tell me|(?:can|could|would) you(?: please)?(?: tell me)?"
                r"|do you know|i would like to know|i have a question|listen|excuse me)$"
            ),
            "Yes? What would you like to know?",
        ),
        (r"^(?:okay|ok|yes|yeah|all right|alright|sure)$", "All right. What can I do for you?"),
    )
)


def chat(question: Question) -> str | None:
    """Answer small talk; see `Topic`."""
    if _COMMAND.search(question.core):
        return None
    if _LAUGHTER.search(question.plain) and not _NO_LAUGHTER.search(question.plain):
        told = sum(exchange.agent in JOKES for exchange in question.history)
        return JOKES[told % len(JOKES)]
    for pattern, answer in _ANSWERS:
        if pattern.search(question.core):
            return answer
    return "Hello! What can I do for you?" if GREETING.search(question.plain) else None
