"""The limits of talks, see docs/talk-protocol.md."""

from typing import Final

PROTOCOL: Final = 1

TICKET_SECONDS: Final = 20.0
SIGNED_SECONDS: Final = 60.0
"""Longer than a ticket: Home Assistant would report a late page as a failed login."""

HELLO_SECONDS: Final = 10.0
RESUME_SECONDS: Final = 10.0
TALK_SECONDS: Final = 7200.0
SEND_SECONDS: Final = 10.0
"""The wait for a page that does not read."""

FLUSH_SECONDS: Final = 1.0
"""The wait for the position at which a page has stopped playing."""

HEARTBEAT_SECONDS: Final = 15.0
CONFIRM_SECONDS: Final = 10.0
"""The wait for the user to allow something; less than the 15 s that a tool may take."""

MAX_QUESTIONS: Final = 4
"""Questions that wait for the user at the same time."""

ECHO_SECONDS: Final = 0.5
"""For this long after the agent was heard, the microphone may hear it: a yes does not count."""

STALLED_SECONDS: Final = 2.0
"""A microphone without audio for this long counts as silent."""

AHEAD_MS: Final = 2000
"""Audio that a page may have beyond the position that it plays."""

MAX_TALKS_OF_USER: Final = 4
MAX_TALKS_OF_AGENT: Final = 4
MAX_TICKETS: Final = 8
"""Of one user."""

MAX_TEXT_CHARACTERS: Final = 4000
MAX_TEXT_FRAME: Final = 32 * 1024
MAX_BINARY_FRAME: Final = 8 * 1024
MAX_FRAME: Final = 64 * 1024
"""The server of Home Assistant closes the socket for a longer frame."""

MICROPHONE_BYTES: Final = (480_000, 32_000)
"""Half a minute at once, then twice real time. Audio that a page sends while Home Assistant is busy
arrives in one burst."""

MIN_FRAME_COST: Final = 160
"""Bytes that a shorter frame counts as: many empty frames are a flood, too."""

MESSAGES: Final = (300, 20)
"""At once, then per second."""

NEW_CONVERSATIONS: Final = (10, 0.2)
"""Of one talk: at once, then per second. Each connects to the agent again."""

KEPT_MESSAGES: Final = 512
"""JSON messages that a page gets again when it resumes."""

QUEUED: Final = 1024
"""Messages and frames that wait for a page."""

RELAY_WINDOW: Final = 64
"""Events on Home Assistant's own connection that a page has not acknowledged. Home Assistant cuts
a connection on which 1024 messages wait for 10 s, or 4096 at any time."""

RELAY_SOCKETS: Final = 4
"""Of one page at the same time."""

RELAY_OPENS: Final = (20, 2)
"""Sockets of one page: at once, then per second."""

RELAY_RECEIVED: Final = 4096
"""Frames of one socket that wait to be read: more than `MICROPHONE_BYTES` and `MESSAGES` allow."""

RELAY_WAITING: Final = 2 * 1024 * 1024
"""Their bytes: four times the audio that may come at once."""
