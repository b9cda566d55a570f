"""The words and marks with which mail programs introduce what they quote, and what they put below a message. Pure data.

All words are in lower case, as `str.casefold` gives them. The languages are English, German, French, Spanish,
Italian, Dutch and Portuguese.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ATTRIBUTION_BEGINNINGS",
    "ATTRIBUTION_VERBS",
    "DATE_LABELS",
    "FROM_LABELS",
    "LIST_FOOTER",
    "MOBILE_BEGINNINGS",
    "MOBILE_ENDINGS",
    "OTHER_LABELS",
    "SEPARATORS",
    "SEPARATORS_WITHOUT_DASHES",
    "SUBJECT_LABELS",
]

ATTRIBUTION_BEGINNINGS: Final = ("on ", "am ", "le ", "el ", "il ", "op ", "em ", "a ", "in ")
"""How the line above a quote begins if the date is first, as in `On Mon, 2 March 2026 at 10:15, Ann wrote:`."""

ATTRIBUTION_VERBS: Final = (
    *(" wrote", " writes", " schrieb", " geschrieben", " a écrit", " escribió", " ha scritto", " schreef"),
    *(" heeft geschreven", " escreveu"),
)
"""What the person did, in the line above a quote."""

SEPARATORS: Final = frozenset(
    {
        *("original message", "forwarded message", "original appointment", "forwarded by"),
        *("ursprüngliche nachricht", "originalnachricht", "original-nachricht", "ursprünglicher termin"),
        *("weitergeleitete nachricht", "weitergeleitete mail"),
        *("message d'origine", "message original", "message transféré", "message transmis"),
        *("mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato"),
        *("oorspronkelijk bericht", "doorgestuurd bericht", "mensagem original", "mensagem encaminhada"),
    }
)
"""The words between dashes above the original message."""

SEPARATORS_WITHOUT_DASHES: Final = frozenset(
    {
        *("begin forwarded message:", "anfang der weitergeleiteten nachricht:", "début du message réexpédié :"),
        *("début du message transféré :", "inicio del mensaje reenviado:", "inizio messaggio inoltrato:"),
        *("begin doorgestuurd bericht:", "início da mensagem encaminhada:"),
    }
)
"""Whole lines above a message that is passed on."""

FROM_LABELS: Final = frozenset({"from", "von", "de", "da", "van"})
"""The first field of the block that some programs put above the original message."""

DATE_LABELS: Final = frozenset(
    {
        *("sent", "date", "gesendet", "datum", "envoyé", "enviado", "enviado el", "fecha", "inviato", "data"),
        *("verzonden", "enviada em", "enviado em", "gesendet am"),
    }
)

SUBJECT_LABELS: Final = frozenset({"subject", "betreff", "objet", "asunto", "oggetto", "onderwerp", "assunto"})

OTHER_LABELS: Final = frozenset(
    {
        *("to", "cc", "bcc", "reply-to", "importance", "an", "kopie", "antwort an", "wichtigkeit", "à", "para"),
        *("a", "aan", "importancia", "priorità", "attachments", "anlagen", "priority", "priorität"),
    }
)

MOBILE_BEGINNINGS: Final = (
    *("sent from my ", "sent from mail for ", "sent from outlook", "sent from yahoo mail", "sent from proton mail"),
    *("sent via ", "sent with proton", "get outlook for ", "sent from the all-new aol"),
    *("gesendet von meinem ", "gesendet von mail für ", "gesendet von outlook", "gesendet mit ", "gesendet über "),
    *("gesendet aus ", "holen sie sich outlook für ", "laden sie outlook für "),
    *("envoyé de mon ", "envoyé depuis ", "envoyé à partir d", "obtenez outlook pour ", "télécharger outlook pour "),
    *("enviado desde mi ", "enviado desde ", "obtener outlook para ", "inviato da ", "inviato dal mio ", "scarica "),
    *("verzonden vanaf mijn ", "verstuurd vanaf mijn ", "outlook voor ", "enviado do meu ", "obter o outlook para "),
)
"""How the line begins that a telephone, or a program, puts below each message."""

MOBILE_ENDINGS: Final = (
    *(" iphone gesendet", " ipad gesendet", " handy gesendet", " smartphone gesendet", " mail gesendet"),
    *(" gerät gesendet", " mail gesendet.", " gesendet von outlook"),
)
"""How such a line ends in German: `Von meinem iPhone gesendet`."""

LIST_FOOTER: Final = "mailing list"
"""The words below a line of underscores, with which mailing lists end each message."""
