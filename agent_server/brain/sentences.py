"""The agent's own sentences, in each of its languages."""

from dataclasses import dataclass
from typing import Final

from ..languages import choose


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language. `{}` is the name of a device, a room, a list or the like."""

    moment: str = ""
    """Spoken while a tool takes a long time."""

    moment_for: str = ""
    """Spoken while a tool that does something takes a long time."""

    search: str = ""
    """Spoken while a tool that looks something up takes a long time."""

    no_home: str = "I cannot answer without a home, and no home that can answer is connected."
    """Spoken if only a home may answer, and there is none that can."""

    no_own_answer: str = "I cannot answer this myself. Only your home can."
    """Spoken if the home has passed on a typed text that only the home could answer."""

    not_understood: str = "Sorry, I did not understand that."
    """Spoken if the home does not understand, and says nothing itself."""


_SENTENCES: Final = {
    "cs": Sentences(
        "Okamžik, prosím.",
        "Okamžik: {}.",
        "Podívám se na to.",
        "K odpovědi potřebuji domácnost, ale žádná, která by to uměla, není připojená.",
        "Na to sám odpovědět neumím. To dokáže jen vaše domácnost.",
        "Promiňte, tomu jsem nerozuměl.",
    ),
    "da": Sentences(
        "Et øjeblik.",
        "Et øjeblik: {}.",
        "Det slår jeg lige op.",
        "Jeg har brug for et hjem for at kunne svare, og der er ikke forbundet et, som kan det.",
        "Det kan jeg ikke selv svare på. Det kan kun dit hjem.",
        "Undskyld, det forstod jeg ikke.",
    ),
    "de": Sentences(
        "Einen Moment, bitte.",
        "Einen Moment: {}.",
        "Ich sehe kurz nach.",
        "Um zu antworten, brauche ich ein Zuhause, und es ist keines verbunden, das das kann.",
        "Das kann ich nicht selbst beantworten. Das kann nur dein Zuhause.",
        "Das habe ich leider nicht verstanden.",
    ),
    "en": Sentences("One moment, please.", "One moment: {}.", "Let me look that up."),
    "es": Sentences(
        "Un momento, por favor.",
        "Un momento: {}.",
        "Voy a consultarlo.",
        "Necesito un hogar para responderte y no hay ninguno conectado que pueda hacerlo.",
        "Eso no puedo responderlo yo. Solo puede tu hogar.",
        "Lo siento, no lo he entendido.",
    ),
    "fi": Sentences("Hetkinen.", not_understood="Anteeksi, en ymmärtänyt."),
    "fr": Sentences(
        "Un instant, s'il vous plaît.",
        "Un instant : {}.",
        "Je vérifie.",
        "Pour vous répondre, j'ai besoin d'une maison, et aucune n'est connectée qui le puisse.",
        "Je ne peux pas répondre à cela moi-même. Seule votre maison le peut.",
        "Désolé, je n'ai pas compris.",
    ),
    "hu": Sentences("Egy pillanat.", not_understood="Sajnálom, ezt nem értettem."),
    "it": Sentences(
        "Un momento, per favore.",
        "Un momento: {}.",
        "Controllo subito.",
        "Per risponderti mi serve una casa, e non ce n'è nessuna collegata che possa farlo.",
        "A questo non so rispondere io. Può farlo solo la tua casa.",
        "Mi dispiace, non ho capito.",
    ),
    "nb": Sentences("Et øyeblikk.", not_understood="Beklager, det forsto jeg ikke."),
    "nl": Sentences(
        "Een ogenblik, alstublieft.",
        "Een ogenblik: {}.",
        "Ik zoek het even op.",
        "Om te antwoorden heb ik een huis nodig, en er is er geen verbonden dat dat kan.",
        "Dat kan ik niet zelf beantwoorden. Dat kan alleen je huis.",
        "Sorry, dat heb ik niet begrepen.",
    ),
    "no": Sentences("Et øyeblikk.", not_understood="Beklager, det forsto jeg ikke."),
    "pl": Sentences(
        "Chwileczkę.",
        "Chwileczkę: {}.",
        "Już sprawdzam.",
        "Aby odpowiedzieć, potrzebuję domu, a żaden, który to potrafi, nie jest połączony.",
        "Sam nie potrafię na to odpowiedzieć. Potrafi to tylko twój dom.",
        "Przepraszam, nie zrozumiałem tego.",
    ),
    "pt": Sentences(
        "Um momento, por favor.",
        "Um momento: {}.",
        "Vou verificar.",
        "Para responder preciso de uma casa, e não há nenhuma ligada que o possa fazer.",
        "Não consigo responder a isso sozinho. Só a sua casa consegue.",
        "Desculpe, não percebi.",
    ),
    "pt-BR": Sentences(
        "Um momento, por favor.",
        "Um momento: {}.",
        "Vou verificar.",
        "Para responder, preciso de uma casa, e não há nenhuma conectada que possa fazer isso.",
        "Não consigo responder a isso sozinho. Só a sua casa consegue.",
        "Desculpe, não entendi.",
    ),
    "ru": Sentences("Одну минуту.", not_understood="Извините, я не понял."),
    "sv": Sentences(
        "Ett ögonblick.",
        "Ett ögonblick: {}.",
        "Jag kollar upp det.",
        "För att svara behöver jag ett hem, och inget som kan det är anslutet.",
        "Det kan jag inte svara på själv. Det kan bara ditt hem.",
        "Förlåt, det förstod jag inte.",
    ),
    "tr": Sentences("Bir dakika lütfen.", not_understood="Üzgünüm, anlamadım."),  # noqa: RUF001
    "uk": Sentences("Хвилинку, будь ласка.", not_understood="Вибачте, я не зрозумів."),
}

ENGLISH: Final = _SENTENCES["en"]


def sentences(language: str) -> Sentences | None:
    """Return the sentences of a language (BCP 47); None if they are not known."""
    known = choose(language, _SENTENCES)
    return None if known is None else _SENTENCES[known]
