"""Time zones of cities and countries: "New York", "Tokyo", "India"."""

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_REGIONS: Final = (
    *("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "Indian"),
)
_ZONES: Final = {
    zone: frozenset(places.split(", "))
    for zone, places in {
        "Africa/Cairo": "egypt",
        "Africa/Johannesburg": "cape town, south africa",
        "Africa/Nairobi": "kenya",
        "America/Argentina/Buenos_Aires": "buenos aires, argentina",
        "America/Chicago": "dallas, houston, austin, new orleans, minneapolis, texas",
        "America/Los_Angeles": (
            "san francisco, seattle, san diego, las vegas, portland, california, l a, la"
        ),
        "America/New_York": (
            "boston, washington, washington d c, miami, atlanta, philadelphia, florida, "
            "new york city"
        ),
        "America/Sao_Paulo": "rio, rio de janeiro",
        "America/Toronto": "montreal, ottawa",
        "Asia/Dubai": "abu dhabi",
        "Asia/Ho_Chi_Minh": "hanoi, saigon, vietnam",
        "Asia/Kolkata": "india, delhi, new delhi, mumbai, bombay, bangalore, calcutta, chennai",
        "Asia/Seoul": "korea, south korea",
        "Asia/Shanghai": "china, beijing, peking, guangzhou, shenzhen",
        "Asia/Tokyo": "japan, osaka, kyoto",
        "Asia/Bangkok": "thailand",
        "Asia/Manila": "philippines",
        "Asia/Karachi": "pakistan",
        "Asia/Jerusalem": "israel, tel aviv",
        "Atlantic/Reykjavik": "iceland",
        "Australia/Sydney": "canberra",
        "Europe/Athens": "greece",
        "Europe/Berlin": "germany, munich, hamburg, cologne, frankfurt",
        "Europe/Bucharest": "romania",
        "Europe/Copenhagen": "denmark",
        "Europe/Dublin": "ireland",
        "Europe/Helsinki": "finland",
        "Europe/Istanbul": "turkey, ankara",
        "Europe/Kyiv": "ukraine, kiev",
        "Europe/London": (
            "england, great britain, britain, uk, united kingdom, scotland, wales, edinburgh, "
            "glasgow, manchester, liverpool, birmingham"
        ),
        "Europe/Madrid": "barcelona, spain",
        "Europe/Oslo": "norway",
        "Europe/Paris": "france, lyon, marseille",
        "Europe/Prague": "czech republic",
        "Europe/Rome": "italy, milan, naples, venice",
        "Europe/Stockholm": "sweden",
        "Europe/Vienna": "austria, salzburg",
        "Europe/Warsaw": "poland, krakow",
        "Europe/Zurich": "switzerland, geneva, basel, bern",
        "Europe/Amsterdam": "netherlands, holland, rotterdam",
        "Europe/Brussels": "belgium",
        "Pacific/Auckland": "new zealand, wellington",
        "Pacific/Honolulu": "hawaii",
    }.items()
}
"""Places whose zone has another name. Countries have one zone, or one for nearly all people."""

_NAME: Final = re.compile(r"[a-z]+(?: [a-z]+){0,3}")


def find_zone(place: str) -> ZoneInfo | None:
    """Return the time zone of a place in lower case, None if it is unknown.

    Zones are looked up in the system's IANA database.
    """
    if _NAME.fullmatch(place) is None:
        return None
    for zone, places in _ZONES.items():
        if place in places:
            return _zone(zone)
    # Many zones are named after their largest city.
    city = "_".join(word.capitalize() for word in place.split())
    for region in _REGIONS:
        if (found := _zone(f"{region}/{city}")) is not None:
            return found
    return None


def _zone(key: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(key)
    except ZoneInfoNotFoundError, ValueError, OSError:
        return None
