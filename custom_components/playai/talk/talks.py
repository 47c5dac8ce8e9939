"""All talks of one Home Assistant, and the tickets of those that begin."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..coordinator import PlayAIConfigEntry
from ..own_entities import may_talk
from .limits import (
    MAX_TALKS_OF_AGENT,
    MAX_TALKS_OF_USER,
    MAX_TICKETS,
    RESUME_SECONDS,
    SIGNED_SECONDS,
    TALK_SECONDS,
    TICKET_SECONDS,
)
from .page_link import CloseCode
from .place import Place
from .talk import Talk

PATH: Final = "/api/playai/talk"


class TooManyTalksError(Exception):
    """A user or an agent has too many talks."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to open one socket for a new talk."""

    entry: PlayAIConfigEntry
    user_id: str
    place: Place
    until: float


@dataclass(slots=True)
class Talks:
    """The talks and tickets, by the random part of the path of their next socket."""

    hass: HomeAssistant
    _tickets: dict[str, Ticket] = field(default_factory=dict)
    _talks: dict[str, Talk] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Talk]:
        """Iterate over the talks."""
        return iter(list(self._talks.values()))

    @callback
    def async_open(self, entry: PlayAIConfigEntry, user: User, place: Place) -> str:
        """Return the signed path for a new talk; raises `TooManyTalksError`."""
        now = self.hass.loop.time()
        self._tickets = {key: each for key, each in self._tickets.items() if each.until > now}
        self._check_limits(entry, user.id, waiting=MAX_TICKETS)
        token = secrets.token_urlsafe()
        self._tickets[token] = Ticket(entry, user.id, place, now + TICKET_SECONDS)
        return self._sign(token, SIGNED_SECONDS)

    @callback
    def async_take(self, token: str, user_id: str, refresh_token_id: str) -> Talk | None:
        """Return the talk of a path, which works once; None if it is unknown or too late."""
        if (talk := self._talks.get(token)) is not None and talk.user_id == user_id:
            del self._talks[token]
            self._keep(talk, refresh_token_id)
            return talk
        ticket = self._tickets.get(token)
        if ticket is None or ticket.user_id != user_id:
            return None
        del self._tickets[token]
        is_late = ticket.until <= self.hass.loop.time()
        if is_late or ticket.entry.state is not ConfigEntryState.LOADED:
            return None
        try:
            self._check_limits(ticket.entry, user_id)
        except TooManyTalksError:
            return None
        talk = Talk(self.hass, ticket.entry, user_id, ticket.place, on_over=self._over)
        self._keep(talk, refresh_token_id)
        talk.start()
        return talk

    @callback
    def async_close(self, code: int, entry: PlayAIConfigEntry | None = None) -> None:
        """Close all talks, or those with one agent."""
        for talk in self:
            if entry is None or talk.entry is entry:
                talk.close(code)

    @callback
    def async_check_rights(self, user_id: str, user: User | None) -> None:
        """Close the talks of a user who has lost the right to them; None for a removed user."""
        for talk in self:
            if talk.user_id == user_id and not may_talk(user, talk.entity_id):
                talk.close(CloseCode.FORBIDDEN)

    def _keep(self, talk: Talk, refresh_token_id: str) -> None:
        """Sign the path of the next socket, and end the talk with the login of this one."""

        @callback
        def revoked() -> None:
            # Later: Home Assistant is calling all of them, and closing removes this one.
            self.hass.loop.call_soon(talk.close, CloseCode.FORBIDDEN)

        register = self.hass.auth.async_register_revoke_token_callback
        talk.follow_login(register(refresh_token_id, revoked))
        token = secrets.token_urlsafe()
        self._talks[token] = talk
        seconds = TALK_SECONDS + RESUME_SECONDS
        talk.resume_path = self._sign(token, seconds, refresh_token_id)

    def _over(self, talk: Talk) -> None:
        self._talks = {token: each for token, each in self._talks.items() if each is not talk}

    def _check_limits(
        self, entry: PlayAIConfigEntry, user_id: str, waiting: int | None = None
    ) -> None:
        talks = list(self._talks.values())
        tickets = [ticket for ticket in self._tickets.values() if ticket.user_id == user_id]
        if (
            sum(talk.user_id == user_id for talk in talks) >= MAX_TALKS_OF_USER
            or sum(talk.entry is entry for talk in talks) >= MAX_TALKS_OF_AGENT
            or (waiting is not None and len(tickets) >= waiting)
        ):
            raise TooManyTalksError

    def _sign(self, token: str, seconds: float, refresh_token_id: str | None = None) -> str:
        return async_sign_path(
            self.hass,
            f"{PATH}/{token}",
            timedelta(seconds=seconds),
            refresh_token_id=refresh_token_id,
        )


TALKS: HassKey[Talks] = HassKey(f"{DOMAIN}_talks")
