"""Names of the demo satellite."""

from typing import Final

DOMAIN: Final = "demo_satellite"
ANNOUNCED: Final = f"{DOMAIN}_announced"
"""The event of an announcement, with `entity_id`, `message` and `media_id`."""
