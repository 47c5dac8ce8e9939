"""Changes states all the time, as a large home does: between the actions `start` and `stop`."""

import asyncio
from typing import Final

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.typing import ConfigType

DOMAIN: Final = "busy_states"
PER_SECOND: Final = 1500
STEP_SECONDS: Final = 0.02
STATES: Final = 100


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions."""
    tasks: list[asyncio.Task[None]] = []

    async def change() -> None:
        count = 0
        due = hass.loop.time()
        while True:
            for _ in range(round(PER_SECOND * STEP_SECONDS)):
                count += 1
                hass.states.async_set(f"sensor.busy_{count % STATES}", str(count))
            due += STEP_SECONDS
            await asyncio.sleep(max(0, due - hass.loop.time()))

    async def start(_: ServiceCall) -> None:
        tasks.append(hass.async_create_background_task(change(), DOMAIN))

    async def stop(_: ServiceCall) -> None:
        while tasks:
            tasks.pop().cancel()

    hass.services.async_register(DOMAIN, "start", start)
    hass.services.async_register(DOMAIN, "stop", stop)
    return True
