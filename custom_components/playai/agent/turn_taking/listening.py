"""When the user has finished (rule 3)."""

import logging
from typing import Final

from ..events import UserSaid
from ..words import MAX_SPOKEN_CHARACTERS, Transcript
from .conversation import Conversation
from .effects import Emit, WakeSender
from .phases import Limit
from .state import TurnState

_LOGGER = logging.getLogger(__name__)

_TOLERANCE: Final = 0.5


class Listening:
    """The rules of the user's turn from its first audio to its end."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def end_input(self, now: float) -> None:
        """The stream of the microphone has ended."""
        turn = self._conversation.turn
        if turn is None or turn.microphone.ended:
            return
        turn.microphone.end()
        self._conversation.add(WakeSender())
        if not turn.is_open:
            return
        if turn.agent_ends or self._may_be_silent(turn):
            self._watch_for_end(turn, now)
        else:
            self._end(turn, now)

    def frame_sent(self, now: float) -> None:
        """A frame of the user's voice was sent."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None:
            return
        if not turn.is_open:
            # A long backlog is sent after the end: only then can the answer begin.
            is_late = turn.has_microphone and not turn.agent_ends and not turn.has_stream
            if is_late and Limit.NO_REPLY in conversation.deadlines:
                conversation.start(Limit.NO_REPLY, now + conversation.timings.first_audio)
            return
        waits_for_speech = turn.agent_ends and not turn.heard_speech
        if waits_for_speech and Limit.NO_SPEECH not in conversation.deadlines:
            conversation.start(Limit.NO_SPEECH, now + conversation.timings.no_speech)
        self._watch_for_end(turn, now)

    def speech_started(self, now: float) -> None:
        """S: the user starts to speak, or continues."""
        conversation = self._conversation
        conversation.traits.sends_voice_activity = True
        conversation.has_dropped_reply = False  # The user has interrupted it.
        conversation.set_voice_active(active=True)
        turn = conversation.turn
        if conversation.is_flushing:
            conversation.flushes_speech = True
            return
        if turn is None:
            return
        turn.heard_speech = turn.is_speaking = True
        turn.heard_no_words = False
        conversation.stop(Limit.NO_SPEECH)
        if not turn.is_open or turn.has_stream:
            return
        turn.agent_words = Transcript()  # The server abandons the answer with these words.
        if turn.agent_ends:
            turn.ended_at = None
            conversation.stop(Limit.CLOSE_TURN)
            if not turn.microphone.ended:
                conversation.stop(Limit.NO_END)  # It ran because of a noise.
            self._watch_for_end(turn, now)
        elif turn.microphone.ended and turn.ended_at is None:
            conversation.stop(Limit.NO_END)
            self._end(turn, now)

    def speech_ended(self, now: float) -> None:
        """E: the server has decided that the user has finished."""
        conversation = self._conversation
        conversation.traits.sends_voice_activity = True
        had_start = conversation.voice_active
        conversation.set_voice_active(active=False)
        turn = conversation.turn
        if conversation.is_flushing:
            conversation.flushed(has_heard_end=True)
        elif turn is not None and turn.is_speaking:
            turn.is_speaking = False
            turn.has_heard_end = True
            if turn.is_open and turn.agent_ends:
                conversation.stop(Limit.NO_END)
                turn.ended_at = now
                self.close_or_await_words(turn, now, conversation.timings.may_continue)
        elif turn is not None and not had_start:
            turn.has_stray_end = True

    def partial_words(self, text: str) -> None:
        """The server has sent the user's words so far. Only the owner needs them."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None or not turn.is_open or not turn.heard_speech or conversation.is_flushing:
            return
        if words := text.strip():
            conversation.add(Emit(UserSaid(words[:MAX_SPOKEN_CHARACTERS], final=False)))

    def words(self, text: str, now: float) -> None:
        """The server has sent a transcript of the user's words."""
        conversation = self._conversation
        turn = conversation.turn
        if conversation.is_flushing:
            return
        if turn is None or not turn.has_microphone:
            conversation.lacks_words = False
            return
        if not turn.is_open:
            if not turn.words.text:
                self._add_words(turn, text)  # Late words are still part of the history.
            return
        if turn.owes_stale_reply and not turn.heard_speech:
            return
        if turn.follows_wordless and not (turn.heard_any_end or turn.microphone.ended):
            return  # The words of the turn before this one are late.
        self._add_words(turn, text)
        has_words = bool(turn.words.text)
        is_end = turn.heard_any_end if turn.agent_ends else turn.microphone.ended
        if has_words and is_end and turn.ended_at is None:
            turn.ended_at = now
        if has_words and turn.ended_at is not None:
            self.close(now)
        elif self._is_noise(turn):
            self._heard_noise(turn, now, is_end=is_end)

    def _add_words(self, turn: TurnState, text: str) -> None:
        turn.words.add(text)
        if words := turn.words.text.rstrip():
            self._conversation.add(Emit(UserSaid(words, final=True)))

    def _heard_noise(self, turn: TurnState, now: float, *, is_end: bool) -> None:
        """The server heard a noise: no answer will come, unless it answers without words."""
        conversation = self._conversation
        turn.heard_no_words = True
        if self._is_answered(turn):
            self.close(now)
            return
        conversation.stop(Limit.CLOSE_TURN)
        if is_end:
            conversation.start(Limit.NO_END, now + conversation.timings.no_end)

    @staticmethod
    def _is_noise(turn: TurnState) -> bool:
        """Whether a transcript without words is about all that the server has heard."""
        if turn.words.text:
            return False
        return turn.microphone.ended or (turn.heard_any_end and not turn.is_speaking)

    @staticmethod
    def _is_answered(turn: TurnState) -> bool:
        """Whether the server or the home answers the turn already."""
        return turn.has_stream or turn.awaits_text or bool(turn.used_ids)

    def close_or_await_words(self, turn: TurnState, now: float, seconds: float = 0) -> None:
        """Let speech-to-text return now, after `seconds`, or when the words have arrived."""
        conversation = self._conversation
        if turn.words.text or turn.heard_no_words:
            self.close(now)
        elif turn.awaits_transcript or conversation.has_home:
            timings = conversation.timings
            longest = timings.home_transcript if conversation.has_home else timings.transcript
            if Limit.CLOSE_TURN not in conversation.deadlines:
                conversation.start(Limit.CLOSE_TURN, now + longest)
        elif seconds:
            conversation.start(Limit.CLOSE_TURN, now + seconds)
        else:
            self.close(now)

    def no_words(self, now: float) -> None:
        """No transcript came in time after the end of the speech.

        In a live call that was a noise if the server always sends a transcript: nobody has
        decided to speak, so no answer is missed.
        """
        conversation = self._conversation
        turn = conversation.turn
        is_live = conversation.microphone is not None
        is_noise = is_live and conversation.has_home
        if turn is not None and is_noise and not self._is_answered(turn):
            self._finish_silent(turn, now)
        else:
            self.close(now)

    def close(self, now: float) -> None:
        """Let speech-to-text return."""
        conversation = self._conversation
        turn = conversation.turn
        if turn is None or not turn.is_open:
            return
        conversation.stop_listening(turn)
        if turn.reply is None and turn.ended_at is not None:
            conversation.start(Limit.NO_REPLY, turn.ended_at + conversation.timings.first_audio)

    def no_speech(self, now: float) -> None:
        """No speech has begun in time (rule 8)."""
        turn = self._conversation.turn
        if turn is None or turn.heard_speech or turn.words.text:
            return
        if self._conversation.traits.sends_voice_activity:
            self._finish_silent(turn, now)
        else:
            turn.heard_nothing = True
            self.end_input(now)  # An unknown server may have heard speech, and answer it.

    def no_end(self, now: float) -> None:
        """No end of speech, and no answer, came in time after the end of the stream."""
        turn = self._conversation.turn
        if turn is None:
            return
        has_unknown_speech = turn.has_stray_end and not turn.heard_no_words
        if self._may_be_silent(turn) and not has_unknown_speech:
            self._finish_silent(turn, now)
        else:
            self._end(turn, now)

    def answer_begins(self, turn: TurnState, now: float) -> bool:
        """The server answers, which ends the user's turn.

        Returns False if it does not answer this turn.
        """
        if turn.owes_stale_reply and not turn.heard_end:
            turn.owes_stale_reply = False
            if now < turn.stale_reply_until:
                return False
        if turn.awaits_text and not turn.has_sent_text:
            return False
        if turn.is_open and turn.ended_at is None:
            if turn.agent_ends and not (turn.heard_any_end or turn.words.text):
                if turn.microphone.drained:
                    self._note_missing_activity(turn)
                elif self._conversation.traits.sends_voice_activity:
                    return False  # A greeting, or unprompted speech.
            turn.ended_at = now
        return True

    def _note_missing_activity(self, turn: TurnState) -> None:
        """Note that a server answers without the voice activity that it was asked for."""
        traits = self._conversation.traits
        if turn.agent_ends and traits.sends_voice_activity is None:
            traits.sends_voice_activity = False
            _LOGGER.warning(
                "The server sends no voice activity: from now on the end of the microphone's "
                "stream ends the user's turn"
            )

    def _end(self, turn: TurnState, now: float) -> None:
        turn.ended_at = now
        self.close_or_await_words(turn, now)

    def _may_be_silent(self, turn: TurnState) -> bool:
        """Whether a stream that has ended may hold no speech at all.

        A server that sends voice activity would have reported speech. Home Assistant's detector
        gives up after the same time as this turn: a stream of another length has another reason.
        """
        conversation = self._conversation
        limit = conversation.timings.no_speech
        has_timed_out = abs(turn.microphone.seconds - limit) <= _TOLERANCE
        hears_speech = conversation.settings.enable_vad and conversation.traits.sends_voice_activity
        may_be_silent = has_timed_out or turn.heard_nothing or bool(hears_speech)
        has_speech = turn.heard_speech or bool(turn.words.text)
        return turn.heard_no_words or (may_be_silent and not has_speech)

    def _watch_for_end(self, turn: TurnState, now: float) -> None:
        """Give the server time to find the end once it has all of the audio."""
        conversation = self._conversation
        is_waiting = Limit.NO_END in conversation.deadlines
        if turn.microphone.drained and turn.ended_at is None and not is_waiting:
            is_known = bool(conversation.traits.sends_voice_activity)
            is_unknown = not is_known and self._may_be_silent(turn)
            timings = conversation.timings
            conversation.start(
                Limit.NO_END, now + (timings.silence if is_unknown else timings.no_end)
            )

    def _finish_silent(self, turn: TurnState, now: float) -> None:
        _LOGGER.debug("A turn ends: nobody spoke")
        turn.is_silent = turn.nobody_spoke = True
        self._conversation.finish_turn(turn, now)
