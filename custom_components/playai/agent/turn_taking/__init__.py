"""The rules of a conversation: who speaks when, and which reply answers which turn.

`TurnTaking` is a pure object. Inputs are method calls with the time of the event; each returns
the effects that the caller must carry out, in order. It never looks at a clock, a socket or an
event loop: `deadline` is when `time_passed` must be called next.

S and E are `voiceActivityStart` and `voiceActivityEnd`, N is `newAudioStream`, A `audioStream`
and AE `audioStreamEnd`. The protocol's document does not define these rules:

1. *Opening.* A turn opens its connection while the user speaks and keeps all audio. If the
   connection is lost, another one is opened once and gets all of the audio again
   (`connecting.py`).
2. *Sending.* 40 ms frames in real time, a backlog four times as fast (`pacing.py`).
3. *End of the user's turn.* The agent's E after an S, or the end of the microphone's stream,
   depending on `EndOfTurn`. The user may continue for a moment (`listening.py`).
4. *Silence* is sent from then on until the reply has been played, because servers find the end
   of a turn by hearing silence (`next_frame`).
5. *The reply* is the newest stream after the end of the turn (`streams.py`).
6. A reply is *complete* when no more audio will come, and *over* when it has had time to play
   (`playout.py`).
7. A new turn interrupts a reply and replaces an open turn. A cancelled turn is flushed with
   silence until the server has heard its end.
8. *Limits* are in `Timings`.
9. *The end.* A session ends when it has been idle for long enough, or with a connection that
   nobody needs anymore (`connecting.py`).
10. *Too many connections.* The owner of the sessions is asked to make room, once per turn
    (`connecting.py`).
11. *Unclaimed* turns and replies are dropped (`playout.py`).
12. *The home answers.* The server asks the home, or calls its tools, once the user has finished
    (`calls.py`).
13. *Texts.* The server answers typed turns, and speaks texts of the home (`texts.py`).
14. *Live calls.* The microphone stays open, and the server finds the turns in it (`live.py`).
15. *Playback position*: it is reported to a server that uses it (`heard.py`).
16. *Push to talk.* A button that the user holds decides when the turn ends (`live.py`).
"""

from .call_side import CallSide
from .listener_side import ListenerSide
from .phases import Limit, Link, Phase
from .server_side import ServerSide
from .user_side import UserSide

__all__ = ["Limit", "Link", "Phase", "TurnTaking"]


class TurnTaking(UserSide, ListenerSide, CallSide, ServerSide):
    """The rules of one conversation, see above."""
