"""Greetings, thanks, farewells and praise, each as a whole sentence.

With another request behind it, the request counts: "Good night, turn off the lights".
"""

import re
from typing import Final

GREETING: Final = re.compile(
    r"^(?:hello|hi|hey)(?: (?:hello|there|again|computer|agent|assistant|you|everybody|friend))*$"
)
# No two alternatives match the same words: otherwise a text that repeats them takes forever.
_POLITE: Final = (
    r"(?:and|very|so|much|a lot|again|too|all|everyone|everybody|guys|kids|dear|my (?:dear|friend)"
    r"|friend|there|computer|agent|assistant|alexa|jarvis|nabu|mom|mum|dad|grandma|grandpa|now|then"
    r"|tonight|tomorrow|later|soon|today|to you|for (?:now|today|everything|that|this|it)"
    r"|for (?:your|the|all the|all your) help|thanks|thank you|bye|good ?bye"
    r"|good (?:night|morning|evening)|see you|sleep well|sweet dreams|that is (?:all|it)"
    r"|(?:that (?:is|was)|you (?:are|were)) (?:(?:so|very) )?(?:kind|nice|great|helpful|good)"
    r"|of you|this (?:morning|afternoon|evening)|sunshine"
    r"|have a (?:nice|good|great|lovely) (?:day|evening|night|weekend|one))"
)
_CLOSED: Final = rf"(?: {_POLITE})*$"
_FOR: Final = (
    r"(?: for (?:(?:the|that|your) (?:joke|story|answer|information|reply)"
    r"|\w+ing(?: (?!(?:and|then|but|now|please|what|how|when|where|who)\b)[\w']+)*))?"
)
COURTESIES: Final[tuple[tuple[str, str], ...]] = (
    (
        (
            rf"^(?:{_POLITE} )*(?:how are you|how do you do|how is it going|how are things)"
            rf"(?: (?:doing|feeling|going|with you|{_POLITE}))*$"
        ),
        "I am well, thank you. And you?",
    ),
    (rf"^(?:(?:have a )?good night|sleep well){_CLOSED}", "Sleep well!"),
    (
        (
            rf"^(?:(?:{_POLITE}|no|yes|great|perfect|all right) )*thank(?:s| you)"
            rf"{_FOR}{_CLOSED}"
        ),
        "You are welcome.",
    ),
    (rf"^(?:(?:yes|all right) )?(?:good ?bye|bye|see you){_CLOSED}", "Goodbye!"),
    (rf"^good morning{_CLOSED}", "Good morning! What can I do for you?"),
    (rf"^good (?:afternoon|evening|day){_CLOSED}", "Good to hear from you. What can I do for you?"),
    (
        (
            r"^(?:(?:that (?:is|was)|you (?:are|did)) )?(?:a )?(?:very |really )?"
            rf"(?:i love you|good (?:job|bot)|well done){_CLOSED}"
        ),
        "That is very kind of you.",
    ),
)
"""The pattern of each, and the answer."""
