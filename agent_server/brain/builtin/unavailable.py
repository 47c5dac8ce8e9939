"""Replies to questions without an answer: each states the limit and suggests a question.

The user may have Home Assistant, whose own assistant has then not understood the request. Every
sentence is true with and without it.
"""

import re
from dataclasses import dataclass
from typing import Final

from .question import Question


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request that needs more than this program."""

    pattern: re.Pattern[str]
    answer: str


def _kind(pattern: str, answer: str) -> Kind:
    return Kind(re.compile(pattern), answer)


_KINDS: Final = (
    _kind(
        r"\b(?:wake me|wake us|wake up (?:call|at)|alarm(?: clock)?)\b",
        "I have no alarm clock. On a speaker with timers in Home Assistant, you can say: set a "
        "timer for eight hours.",
    ),
    _kind(
        r"\bremind(?:er|ers)?\b|\bdon'?t let me forget\b|\bremember to\b",
        "I cannot remind you at a certain time. With a list in Home Assistant, you can say: add "
        "trash bags to my shopping list.",
    ),
    _kind(
        r"\btimers?\b|\bcount ?down\b|\bstop ?watch\b|\bhow much time (?:is |do i have )?left\b",
        "I have no timer myself. On a speaker with timers in Home Assistant, you can say: set a "
        "timer for ten minutes.",
    ),
    _kind(
        r"\b(?:shopping|grocery|to ?do|my|the) lists?\b|\bon (?:my|the|our) list\b",
        "I cannot read out or change that list. With the shopping list of Home Assistant, you can "
        "say: add bread to my shopping list.",
    ),
    _kind(
        r"\bweather\b|\bforecast\b|\brain(?:ing|y)?\b|\bsnow(?:ing|y)?\b|\bsunny\b|\bumbrella\b"
        r"|\bhow (?:hot|cold|warm) (?:is it|will it be) (?:outside|tomorrow|today)\b",
        "I have no weather forecast. With a weather service in Home Assistant, you can ask what "
        "the weather is like now.",
    ),
    _kind(
        r"\b(?:thermostat|temperature|heating)\b.*\bto\b",
        "I cannot set that myself. With a thermostat in Home Assistant, you can say: set the "
        "temperature to twenty one degrees.",
    ),
    _kind(
        r"\b(?:warmer|cooler|colder|hotter|too (?:cold|hot|warm|cool)|heating|thermostat)\b"
        r"|\b(?:i am|i'm) (?:cold|hot|freezing)\b",
        "I need a number for that. With a thermostat in Home Assistant, you can say: set the "
        "temperature to twenty one degrees.",
    ),
    _kind(
        r"\btemperature\b|\bhumidity\b|\bhow (?:warm|cold|hot) is\b",
        "I cannot measure that. With a thermometer or thermostat in Home Assistant, you can ask "
        "for the temperature of a room by the name that it has there.",
    ),
    _kind(
        r"^(?:play|put on (?:some|music)|pause|resume|skip|next|shuffle)\b"
        r"|\b(?:music|songs?|radio|playlist|podcast|album|volume|louder|quieter)\b"
        r"|\bturn (?:it )?(?:up|down)\b",
        "I cannot play or change music. With a media player in Home Assistant, you can say: pause "
        "the music, next track, or set the volume to thirty percent.",
    ),
    _kind(
        r"\b(?:call|dial)\b|^(?:phone|ring|text|message)\b|\b(?:send|write)\b.*\b(?:to|message|mail)\b"
        r"|\be ?mails?\b|\bmessages\b",
        "I cannot make calls or send messages. Please use a phone for that.",
    ),
    _kind(
        r"\b(?:locked|unlocked)\b|^(?:is|are|did|have) (?:the|my|our|all|any|i|we)\b.*"
        r"\b(?:open|closed|shut|on|off|running|doors?|windows?|lights?)\b"
        r"|^(?:which|how many)\b.*\b(?:open|closed|shut|on|off|running)$",
        "I cannot see that from here. Home Assistant knows the devices that are exposed to its "
        "voice assistants. Use the name that the device has there.",
    ),
    _kind(
        r"^(?:(?:the|my|a) )?(?:(?!turn|switch|put|open|close|dim|what|which|how|where|who|is|are)"
        r"\w+ ){0,3}(?:lights?|lamps?|blinds?|curtains?|shutters?|fan|tv|television|thermostat)$",
        "Please say what to do with it. You can say, for example: turn off the desk lamp.",
    ),
    _kind(
        r"\b(?:turn|switch|shut)\b.*\beverything\b",
        "I cannot switch everything at once. With lights in Home Assistant, you can say: turn off "
        "all the lights.",
    ),
    _kind(
        r"\b(?:turn|switch|put)\b.*\b(?:on|off)\b|\b(?:lights?|lamps?|blinds?|curtains?|shutters?"
        r"|garage|doors?|windows?|socket|plug|fan|vacuum|tv|television|scene)\b"
        r"|\b(?:brighter|darker|dimmer)\b|^(?:open|close|lock|unlock|dim|brighten|start|activate"
        r"|set)\b",
        "I found no device or room for that, so I have not switched anything. Please use its name "
        "in Home Assistant, for example: turn off the desk lamp.",
    ),
    _kind(
        r"\b(?:bus|busses|buses|train|trains|tram|subway|flight|plane|taxi|traffic|directions|route"
        r"|how (?:far|long) (?:is it|does it take) to|station|airport)\b",
        "I have no timetables and no maps. I do know the time, here and in many cities.",
    ),
    _kind(
        r"\b(?:calendar|appointments?|meetings?|schedule|agenda)\b",
        "I cannot see a calendar. I can tell you what day it is, and how long it is until a date.",
    ),
    _kind(
        r"\bnews\b|\bheadlines?\b|\bscores?\b|\bstock\b|\bhappened\b",
        "I have no news, because I work without the internet. The date and the time are as fresh "
        "as I get.",
    ),
    _kind(
        r"\b(?:recipe|cook|bake|roast|fry|ingredients)\b",
        "I have no recipes, only the one for a boiled egg. I can convert cups and ounces while you "
        "cook.",
    ),
    _kind(
        r"\b(?:translate|spell|how do you say|in (?:german|french|spanish|italian|chinese))\b",
        "I cannot translate or spell. I can convert units and work out sums.",
    ),
    _kind(
        r"\b(?:buy|order|book|reserve)\b",
        "I cannot order or book anything. With the shopping list of Home Assistant, you can say: "
        "add coffee to my shopping list.",
    ),
    _kind(
        r"\b(?:sing|game|play with me|riddle|quiz|poem)\b",
        "I cannot do that, but I know a few jokes and one story.",
    ),
    _kind(
        r"\b(?:plus|minus|divided|multiplied|percent|square root|sum)\b"
        r"|(?<!of )(?<!many )\btimes\b",
        "I did not get the whole sum. You can ask, for example: what is seven times eight?",
    ),
    _kind(
        r"\b(?:miles?|kilometers?|meters|feet|inches|pounds|kilograms|grams|ounces|liters"
        r"|gallons|cups|celsius|fahrenheit)\b.*\b(?:in|to|into)\b",
        "I cannot convert that. Both units must measure the same thing, like miles and meters.",
    ),
    _kind(
        r"\b(?:until|till|what day|which day|what date)\b|^when is (?:easter|thanksgiving|ramadan"
        r"|(?:mother|father)'?s day)\b",
        "I do not know that day. I know the holidays around New Year, and every date with a month "
        "and a number.",
    ),
)
_KNOWLEDGE: Final = _kind(
    r"^(?:who|what|when|where|why|which|how|is|are|was|were|does|did|do|has|have|whose|tell me"
    r"|explain|define|search|google|look up)\b",
    "I do not know that, because I work without the internet. A language model, chosen as the "
    "assistant in Home Assistant, could answer it. I am good at sums, units, dates and capitals.",
)
_GENERAL: Final = (
    "Sorry, I did not understand that. Ask me what I can do, and I will give you a few examples.",
    "I do not understand that. I can tell the time, work out sums and convert units.",
    "I am sorry, I still do not understand. Please try other words, or ask me what I can do.",
)
_AND: Final = re.compile(r"^(?:and|what about|how about)\b")


def explain(question: Question) -> str:
    """Return a reply that states the limit and suggests a question, for the kind of request.

    An example that the user has just said is left out.
    """
    kind = _find(question)
    if kind is None and question.earlier is not None and _AND.search(question.plain):
        kind = _find(question.earlier)
    if kind is not None:
        is_example = question.core in kind.answer.lower()
        return f"{kind.answer.partition('. ')[0]}." if is_example else kind.answer
    if _KNOWLEDGE.pattern.search(question.core):
        return _KNOWLEDGE.answer
    earlier = sum(exchange.agent in _GENERAL for exchange in question.history)
    return _GENERAL[earlier % len(_GENERAL)]


def _find(question: Question) -> Kind | None:
    for kind in _KINDS:
        if kind.pattern.search(question.core):
            return kind
    return None
