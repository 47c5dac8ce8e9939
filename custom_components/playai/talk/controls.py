"""The requests of a page to its talk."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import callback

from ..agent.rate import RateLimit
from .limits import NEW_CONVERSATIONS
from .page_link import CloseCode
from .place import Place, UnknownPlaceError

if TYPE_CHECKING:
    from .talk import Talk


class Controls:
    """Carries out the messages of a page."""

    def __init__(self, talk: Talk) -> None:
        """Create the controls of a talk."""
        self._talk = talk
        self._new_conversations = RateLimit(*NEW_CONVERSATIONS)

    @callback
    def receive(self, kind: str, fields: dict[str, Any]) -> None:
        """Carry out a message."""
        talk = self._talk
        match kind:
            case "played":
                talk.player.played(fields["reply"], fields["ms"])
                return
            case "flushed":
                talk.player.flushed(fields["reply"], fields["ms"])
                return
            case "microphone":
                talk.call.hear_agent(hears_agent=fields["echo"])
                return
            case "bye":
                talk.end("bye")
                return
            case "interrupt":
                talk.player.flushed(fields["reply"], fields["ms"])
                talk.confirmations.deny()
                self._interrupt()
            case "text":
                self._type(fields["text"])
            case "mute":
                self._mute(is_muted=fields["on"])
            case "mode":
                talk.microphone.has_button = fields["value"] == "hold"
                talk.microphone.hold(is_held=False)
            case "hold":
                talk.microphone.hold(is_held=fields["on"])
                if fields["on"]:
                    self._interrupt()
            case "place":
                self._move(fields)
            case "confirm":
                talk.confirmations.answer(fields["id"], is_allowed=fields["allow"])
            case "again":
                if not self._new_conversations.take():
                    talk.close(CloseCode.FLOOD)
                    return
                talk.confirmations.deny()
                self._interrupt()
                talk.call.open_another()
        talk.call.keep_awake()

    def _interrupt(self) -> None:
        """Stop the agent: the user wants no answer, or no more of it."""
        talk = self._talk
        talk.player.flush()
        talk.turns.drop()
        talk.call.session.interrupt()

    def _type(self, text: str) -> None:
        if not text.strip():
            return
        if self._talk.turns.answers_question(text):
            return
        if "text" not in self._talk.features:
            self._talk.link.send("error", key="no_text", message="the agent takes no text")
            return
        self._interrupt()
        self._talk.turns.begin_typed(text)

    def _mute(self, *, is_muted: bool) -> None:
        microphone = self._talk.microphone
        microphone.is_muted = is_muted
        if is_muted:
            microphone.hold(is_held=False)
        session = self._talk.call.session
        if is_muted and session.is_hearing:
            session.interrupt()

    def _move(self, fields: dict[str, Any]) -> None:
        talk = self._talk
        try:
            talk.place = Place.async_from(talk.hass, fields)
        except UnknownPlaceError as error:
            talk.link.send("error", key="unknown_place", message=str(error))
        else:
            talk.call.note_place()
