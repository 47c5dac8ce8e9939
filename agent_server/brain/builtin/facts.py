"""A few facts that people ask for: capitals, and how to boil an egg."""

import re
from typing import Final

from .question import Question

_CAPITALS: Final = {
    "argentina": "Buenos Aires",
    "australia": "Canberra",
    "austria": "Vienna",
    "bangladesh": "Dhaka",
    "belgium": "Brussels",
    "brazil": "Brasília",
    "bulgaria": "Sofia",
    "canada": "Ottawa",
    "chile": "Santiago",
    "china": "Beijing",
    "colombia": "Bogotá",
    "croatia": "Zagreb",
    "cuba": "Havana",
    "cyprus": "Nicosia",
    "denmark": "Copenhagen",
    "egypt": "Cairo",
    "england": "London",
    "estonia": "Tallinn",
    "ethiopia": "Addis Ababa",
    "finland": "Helsinki",
    "france": "Paris",
    "germany": "Berlin",
    "great britain": "London",
    "greece": "Athens",
    "hungary": "Budapest",
    "iceland": "Reykjavík",
    "india": "New Delhi",
    "iran": "Tehran",
    "iraq": "Baghdad",
    "ireland": "Dublin",
    "italy": "Rome",
    "jamaica": "Kingston",
    "japan": "Tokyo",
    "kenya": "Nairobi",
    "latvia": "Riga",
    "lithuania": "Vilnius",
    "luxembourg": "Luxembourg",
    "malta": "Valletta",
    "mexico": "Mexico City",
    "morocco": "Rabat",
    "nepal": "Kathmandu",
    "netherlands": "Amsterdam",
    "new zealand": "Wellington",
    "nigeria": "Abuja",
    "northern ireland": "Belfast",
    "norway": "Oslo",
    "pakistan": "Islamabad",
    "peru": "Lima",
    "philippines": "Manila",
    "poland": "Warsaw",
    "portugal": "Lisbon",
    "romania": "Bucharest",
    "russia": "Moscow",
    "saudi arabia": "Riyadh",
    "scotland": "Edinburgh",
    "serbia": "Belgrade",
    "slovakia": "Bratislava",
    "slovenia": "Ljubljana",
    "south korea": "Seoul",
    "spain": "Madrid",
    "sweden": "Stockholm",
    "switzerland": "Bern",
    "thailand": "Bangkok",
    "turkey": "Ankara",
    "ukraine": "Kyiv",
    "united kingdom": "London",
    "united states": "Washington, D.C.",
    "venezuela": "Caracas",
    "vietnam": "Hanoi",
    "wales": "Cardiff",
}
"""Capitals that are not disputed."""

_WITH_ARTICLE: Final = frozenset(("netherlands", "philippines", "united kingdom", "united states"))
"""Countries whose names need "the"."""

_OTHER_NAMES: Final = {
    "america": "united states",
    "holland": "netherlands",
    "uk": "united kingdom",
    "us": "united states",
    "usa": "united states",
    "united states of america": "united states",
}
_CAPITAL: Final = re.compile(r"\bcapital(?: city)? (?:of|in) (?:the )?([a-z ]+)$")
_CAPITAL_OF: Final = re.compile(r"\bis ([a-z ]+?)(?:'s| s) capital(?: city)?$")
_EGG: Final = re.compile(r"\bboil(?:ed|ing)?\b.*\beggs?\b|\beggs?\b.*\bboil(?:ed|ing)?\b")

EGG: Final = (
    "Put the egg into boiling water. Six minutes make it soft, ten minutes make it hard. "
    "Then cool it in cold water."
)
_UNKNOWN_CAPITAL: Final = "I know the capitals of some countries, but not that one."


def state_fact(question: Question) -> str | None:
    """Answer a question about a known fact; see `Topic`."""
    words = question.core
    if (found := _CAPITAL.search(words) or _CAPITAL_OF.search(words)) is not None:
        country = _OTHER_NAMES.get(found[1], found[1])
        capital = _CAPITALS.get(country)
        if capital is None:
            return _UNKNOWN_CAPITAL
        article = "the " if country in _WITH_ARTICLE else ""
        return f"The capital of {article}{country.title()} is {capital}."
    return EGG if _EGG.search(words) else None
