"""How mail systems say in plain text that a message was not delivered: the phrases, as data. Pure.

Most systems send a machine-readable part, too, and that is read first (`delivery_status`). Blanks in a phrase stand for
any white space. `@` stands for the address of the recipient.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.reports.values import ReportAction
from postroom.mail.reports.words import ADDRESS

__all__ = ["DELAYED_WORDS", "NOTICES", "Notice", "pattern_of"]


@dataclass(frozen=True, slots=True)
class Notice:
    """How a system says it.

    After a phrase without `@` the recipients follow, one a line, each with the reason. `is_loose`: names stand before
    the addresses.
    """

    system: str
    phrase: str
    action: ReportAction = ReportAction.FAILED
    is_loose: bool = False


_LATE: Final = ReportAction.DELAYED
_WITHIN: Final = rf"[<'\"*(]{{0,3}}(?P<address>{ADDRESS})[>'\"*)]{{0,3}}"

NOTICES: Final = (
    # Late, and still tried.
    Notice("Exim", r"has not yet been delivered to (?:one or more of its|all of its|some of its) recipients", _LATE),
    Notice("Exim", r"delivery to the following recipients? has been delayed:?", _LATE),
    Notice("sendmail", r"the following addresses had transient non-fatal errors", _LATE),
    Notice("Postfix", r"your message could not be delivered for (?:more than )?[0-9.]+ (?:hour|minute|day)\S*", _LATE),
    Notice("Exchange", r"delivery to these recipients or (?:groups|distribution lists) (?:is|has been) delayed", _LATE),
    Notice("Gmail", r"there was a temporary problem delivering your message to @", _LATE),
    Notice("Gmail", r"ihre nachricht an @ (?:ist verzögert|wurde noch nicht zugestellt)", _LATE),
    # A list of recipients.
    Notice("qmail", r"wasn't able to deliver your message to the following address(?:es)?"),
    Notice("qmail", r"unable to deliver your message to the following address(?:es)?"),
    Notice("Yahoo", r"(?:were )?unable to deliver your message to the following address(?:\(es\)|es)?"),
    Notice("Exim", r"the following address(?:\(es\)|es)? failed:?"),
    Notice("Exim", r"die folgenden? adressen? (?:schlug|schlugen) fehl:?"),
    Notice("Exim", r"could not be delivered to (?:one or more of its|all of its|some of its|the following) recipients"),
    Notice("Postfix", r"could not be delivered to one or more recipients"),
    Notice(
        "GMX",
        r"konnte (?:an|bei) (?:einen oder mehrere|die folgenden|folgende) empfänger nicht (?:zugestellt|ausgeliefert)",
    ),
    Notice("GMX", r"konnten? nicht an (?:einen oder mehrere|die folgenden|folgende) empfänger zugestellt werden"),
    Notice("sendmail", r"the following addresses had (?:permanent fatal|delivery) errors"),
    Notice("smail", r"failed addresses follow:?"),
    Notice("Gmail", r"delivery to the following recipients? failed(?: permanently)?:?"),
    Notice("Exchange", r"delivery has failed to these recipients or (?:groups|distribution lists):?", is_loose=True),
    Notice("Exchange", r"the following recipient\(?s?\)? (?:cannot be|could not be|were not) reached:?", is_loose=True),
    Notice(
        "Exchange",
        r"fehler bei der (?:nachrichten)?zustellung an (?:die )?folgenden? empfänger oder (?:gruppen|verteiler)",
        is_loose=True,
    ),
    Notice("Exchange", r"échec de la remise à ces destinataires ou groupes\s?:?", is_loose=True),
    Notice("Exchange", r"no se pudo entregar el mensaje a estos destinatarios o grupos:?", is_loose=True),
    Notice("Exchange", r"recapito non riuscito per i seguenti destinatari o gruppi:?", is_loose=True),
    Notice("Exchange", r"bezorging aan deze geadresseerden of groepen is mislukt:?", is_loose=True),
    Notice("Domino", r"was not delivered to:?", is_loose=True),
    Notice("Amazon SES", r"an error occurred while trying to deliver the mail to the following recipients:?"),
    Notice("iCloud", r"your email could not be delivered to one or more recipients"),
    Notice(
        "MDaemon", r"(?:has failed delivery|could not be delivered|was undeliverable) to the following recipients?:?"
    ),
    Notice("MDaemon", r"failed (?:recipients|to deliver to):?", is_loose=True),
    Notice(
        "mail.ru",
        r"не (?:может быть|было|удалось) доставлено? (?:следующим|одному или нескольким) (?:получателям|адресатам):?",
    ),
    Notice("mail.ru", r"(?:сообщение|письмо) не доставлено следующим (?:получателям|адресатам):?"),
    Notice("Zoho", r"this is a permanent error\."),
    # One recipient, within the sentence.
    Notice("Gmail", r"(?:your message )?(?:wasn't|was not|couldn't be|could not be) delivered to @"),
    Notice("Gmail", r"ihre nachricht wurde nicht an @ zugestellt"),
    Notice("Gmail", r"ihre nachricht konnte nicht an @ (?:zugestellt|gesendet|übermittelt)"),
    Notice("Gmail", r"votre message n'a pas (?:pu être|été) (?:remis|distribué|envoyé) à(?: l'adresse)? @"),
    Notice("Gmail", r"(?:tu|su) mensaje no se (?:ha entregado|entregó|pudo entregar|ha podido entregar) a @"),
    Notice("Gmail", r"il tuo messaggio non è stato (?:recapitato|consegnato) a @"),
    Notice("Gmail", r"(?:a )?sua mensagem (?:não foi entregue|não pôde ser entregue) (?:a|para|em) @"),
    Notice("Gmail", r"je bericht is niet bezorgd (?:bij|op|aan) @"),
    Notice("Gmail", r"wiadomość nie została dostarczona (?:do|na adres) @"),
    Notice("Gmail", r"сообщение не доставлено(?: на адрес)? @"),
    Notice("Outlook", r"(?:your )?message to @ (?:couldn't be|could not be|wasn't|was not) delivered"),
    Notice("Outlook", r"ihre nachricht an @ konnte nicht (?:zugestellt|übermittelt) werden"),
    Notice("Outlook", r"votre message (?:à|pour) @ n'a pas pu être remis"),
    Notice("T-Online", r"(?:e-?mail|nachricht) an (?:die adresse )?@ konnte nicht (?:zugestellt|ausgeliefert) werden"),
    Notice("any", r"(?:delivery|message|mail) (?:of your message )?to @ (?:has )?(?:failed|bounced|is undeliverable)"),
    Notice("any", r"(?:failed|unable|not able|impossible) to deliver (?:your |the )?(?:message|mail|e-?mail)? ?to:? @"),
    Notice("any", r"(?:undeliverable|undelivered|nicht zustellbar):? @"),
)
"""The first phrase that is found decides; a list in which no address follows does not count."""

DELAYED_WORDS: Final = re.compile(
    r"warning message only|do not need to resend|will (?:be )?(?:keep |continue )?(?:to )?(?:re)?(?:try|tried|trying)"
    r"|has not yet been|delivery (?:is|has been|status notification \()\s*delay|\bwird weiter versucht\b",
    re.IGNORECASE,
)
"""Words that say that the system goes on trying."""


@cache
def pattern_of(notice: Notice) -> re.Pattern[str]:
    """Return the pattern of a phrase; an address within it is the group `address`."""
    phrase = notice.phrase.replace("'", "['’]").replace(" ", r"\s{1,8}")
    return re.compile(phrase.replace("@", _WITHIN), re.IGNORECASE)
