"""Short answers to a question: which words allow something, and which do not."""

import re
import unicodedata
from typing import Final

ALLOWING: Final = {
    "cs": (
        "ano; ano prosím; jo; udělej to; ano udělej to; ano jistě; ano samozřejmě; povol; "
        "povolit; povoluji; ano povoluji; potvrzuji; ano potvrzuji"
    ),
    "da": (
        "ja; ja tak; ja gerne; gør det; ja gør det; ja selvfølgelig; tillad; ja tillad; "
        "tillad det; jeg tillader det; jeg bekræfter; ja jeg bekræfter"
    ),
    "de": (
        "ja; ja bitte; jawohl; ja mach; ja mach das; mach das; ja tu das; ja gerne; ja "
        "klar; ja natürlich; erlauben; erlaubt; ich erlaube es; ja erlauben; bestätigt; ich "
        "bestätige; ja ich bestätige"
    ),
    "en": (
        "yes; yes please; yeah; yep; yes do it; do it; please do; yes please do; go ahead; "
        "yes go ahead; yes sure; yes of course; allow; allow it; yes allow it; i allow it; "
        "i confirm; yes i confirm"
    ),
    "es": (
        "sí; sí por favor; sí claro; hazlo; sí hazlo; adelante; sí adelante; permítelo; sí "
        "permítelo; lo permito; confirmo; sí confirmo"
    ),
    "fr": (
        "oui; oui s'il te plaît; oui s'il vous plaît; vas-y; oui vas-y; allez-y; oui "
        "allez-y; fais-le; oui fais-le; faites-le; oui faites-le; oui bien sûr; j'autorise; "
        "oui j'autorise; je confirme; oui je confirme"
    ),
    "it": (
        "sì; sì per favore; sì grazie; sì certo; fallo; sì fallo; procedi; sì procedi; sì "
        "vai; consenti; lo consento; confermo; sì confermo"
    ),
    "nl": (
        "ja; ja graag; ja hoor; doe het; ja doe het; ja doe maar; ja natuurlijk; ja zeker; "
        "toestaan; ik sta het toe; ik bevestig het; ja ik bevestig het; ga je gang; ja ga "
        "je gang"
    ),
    "pl": (
        "tak; tak proszę; tak poproszę; zrób to; tak zrób to; tak oczywiście; tak pewnie; "
        "zezwól; zezwalam; tak zezwalam; pozwalam; tak pozwalam; potwierdzam; tak "
        "potwierdzam"
    ),
    "pt": (
        "sim; sim por favor; sim claro; faz isso; sim faz isso; faça isso; sim faça isso; "
        "sim pode; sim avança; autorizo; sim autorizo; permito; sim permito; confirmo; sim "
        "confirmo"
    ),
    "pt-BR": (
        "sim; sim por favor; sim claro; faz isso; sim faz isso; faça isso; sim faça isso; "
        "pode fazer; sim pode fazer; sim pode; autorizo; sim autorizo; permito; sim "
        "permito; confirmo; sim confirmo"
    ),
    "sv": (
        "ja; ja tack; ja gärna; gör det; ja gör det; ja självklart; ja visst; tillåt; ja "
        "tillåt; jag tillåter det; jag bekräftar; ja jag bekräftar"
    ),
}
"""Sentences that allow an action, in the languages of the translations. Words that people also say
to show that they listen, like "okay", are missing."""

DENYING: Final = {
    "cs": (
        "ne; ne děkuji; ne díky; nedělej to; ne nedělej to; raději ne; radši ne; teď ne; "
        "stop; zruš to; zrušit; nech to; ne nech to; nepovolit; nepovoluji; v žádném "
        "případě"
    ),
    "da": (
        "nej; nej tak; gør det ikke; nej gør det ikke; ikke nu; helst ikke; stop; annuller; "
        "lad være; nej lad være; glem det; tillad ikke; under ingen omstændigheder"
    ),
    "de": (
        "nein; nein danke; nö; nee; lieber nicht; besser nicht; nein lieber nicht; bitte "
        "nicht; nein bitte nicht; auf keinen fall; stopp; stop; halt; abbrechen; lass das; "
        "lass es; nein lass das; nein lass es; nicht erlauben; jetzt nicht; vergiss es"
    ),
    "en": (
        "no; nope; no thanks; no thank you; don't; please don't; no don't; don't do it; no "
        "don't do it; do not do it; stop; no stop; cancel; no cancel; never mind; "
        "nevermind; not now; no not now; better not; rather not; leave it; no leave it; "
        "don't allow it; absolutely not"
    ),
    "es": (
        "no; no gracias; para; no para; cancela; cancelar; no lo hagas; mejor no; no mejor "
        "no; ahora no; déjalo; no déjalo; olvídalo; de ninguna manera; no lo permito"
    ),
    "fr": (
        "non; non merci; pas maintenant; non pas maintenant; stop; arrête; arrêtez; annule; "
        "annuler; annulez; surtout pas; non surtout pas; laisse tomber; non laisse tomber; "
        "ne le fais pas; non ne le fais pas; je refuse"
    ),
    "it": (
        "no; no grazie; fermo; ferma; fermati; stop; annulla; non farlo; no non farlo; "
        "meglio di no; non ora; no non ora; lascia stare; no lascia stare; lascia perdere; "
        "non lo consento; assolutamente no"
    ),
    "nl": (
        "nee; nee dank je; nee bedankt; niet doen; nee niet doen; doe maar niet; liever "
        "niet; nee liever niet; beter niet; stop; annuleren; nu niet; nee nu niet; laat "
        "maar; nee laat maar; niet toestaan; absoluut niet"
    ),
    "pl": (
        "nie; nie dziękuję; nie rób tego; nie nie rób tego; lepiej nie; nie teraz; stop; "
        "anuluj; przestań; zostaw to; nie zostaw to; nie zezwalam; nie pozwalam; w żadnym "
        "wypadku"
    ),
    "pt": (
        "não; não obrigado; não obrigada; não faças isso; não faça isso; agora não; é "
        "melhor não; para; pare; stop; cancela; cancelar; deixa; deixa estar; não deixa "
        "estar; não autorizo; não permito; de maneira nenhuma"
    ),
    "pt-BR": (
        "não; não obrigado; não obrigada; não faça isso; não faz isso; agora não; melhor "
        "não; é melhor não; para; pare; cancela; cancelar; deixa; deixa pra lá; não deixa "
        "pra lá; esquece; não autorizo; não permito; de jeito nenhum"
    ),
    "sv": (
        "nej; nej tack; gör det inte; nej gör det inte; inte nu; nej inte nu; helst inte; "
        "stopp; avbryt; låt bli; nej låt bli; strunt i det; tillåt inte; absolut inte"
    ),
}
"""Words that deny, and need no other answer."""


def parse_answer(text: str, language: str) -> bool | None:
    """Return whether a text allows something; None if it says anything else, or more."""
    words = _words(text)
    if words in _DENYING[language]:
        return False
    return True if words in _ALLOWING[language] else None


def is_echo(text: str, said: str) -> bool:
    """Return whether all words of a text are among those that the agent says."""
    return set(_words(text)) <= set(_words(said))


def _words(text: str) -> tuple[str, ...]:
    """Return the words of a text, each once where it is repeated, as in "yes, yes"."""
    text = unicodedata.normalize("NFC", text).casefold().replace("\u2019", "'")
    words = re.findall(r"[\w']+", text)
    return tuple(word for before, word in zip(["", *words], words, strict=False) if word != before)


def _parse(table: dict[str, str]) -> dict[str, frozenset[tuple[str, ...]]]:
    return {
        language: frozenset(map(_words, phrases.split(";"))) for language, phrases in table.items()
    }


_ALLOWING: Final = _parse(ALLOWING)
_DENYING: Final = _parse(DENYING)
