"""What servers mean when they do not take mail: a category and advice for their words and enhanced codes. Pure.

The one table for replies while we send, and for reports that come later (`mail/reports`). Words come before codes,
because `5.7.1` stands for almost everything. Words inside addresses and URLs do not count, except names of block lists.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["UNRECOGNISED", "Rejection", "RejectionCategory", "recognise"]

_READ: Final = 1000
"""Characters of the server's words that are looked at."""


class RejectionCategory(StrEnum):
    """Why mail is not taken, in the words of the API."""

    USER_UNKNOWN = "user_unknown"
    INVALID_ADDRESS = "invalid_address"
    MAILBOX_DISABLED = "mailbox_disabled"
    MAILBOX_FULL = "mailbox_full"
    GREYLISTING = "greylisting"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    IP_BLACKLISTED = "ip_blacklisted"
    DOMAIN_BLACKLISTED = "domain_blacklisted"
    AUTH_FAILURE = "auth_failure"
    RELAY_DENIED = "relay_denied"
    SPAM_BLOCKED = "spam_blocked"
    POLICY_BLOCKED = "policy_blocked"
    VIRUS_DETECTED = "virus_detected"
    GEO_BLOCKED = "geo_blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rejection:
    """What words or codes mean.

    `words` are regular expressions for text in small letters. `enhanced` are codes of RFC 3463, which other servers use
    with the classes 4 and 5 alike; `4.7.1` stands for that class alone. `is_about_the_account`: other messages of the
    account would meet the same.
    """

    category: RejectionCategory
    advice: str | None
    words: tuple[str, ...] = ()
    enhanced: tuple[str, ...] = ()
    is_about_the_account: bool = False


UNRECOGNISED: Final = Rejection(RejectionCategory.UNKNOWN, None)

_LISTED_IP: Final = Rejection(
    RejectionCategory.IP_BLACKLISTED,
    "The address of the sending server is on a block list. Its operator must have it removed there.",
    enhanced=("5.7.606", "5.7.511", "5.7.512"),
    words=(
        r"\b(?:zen|sbl|sbl-xbl|xbl|pbl|css)\.spamhaus\b",
        r"spamhaus|spamcop|barracuda(?:central| reputation)|\bsorbs\b|uceprotect|mailspike|abusix|psbl\.surriel",
        r"truncate\.gbudb|cloudmark|csi\.|proofpoint.{0,40}block|senderscore|backscatterer|invaluement|hostkarma",
        r"\b(?:dnsbl|rbl|rbls|block ?list|black ?list|deny ?list)\b|blacklisted|blocklisted",
        r"\bs31[45]0\b|\btss0[0-9]\b|part of their network is on our block list|banned sending ip",
        r"(?:\bip\b|ip address|client host|connecting host|your host).{0,60}(?:blocked|listed|bad reputation|rejected)",
        r"poor (?:ip )?reputation|low reputation|reputation of (?:the|your) ip",
    ),
)
_LISTED_DOMAIN: Final = Rejection(
    RejectionCategory.DOMAIN_BLACKLISTED,
    "A domain in the message or of the sender is on a block list. Its owner must have it removed there.",
    words=(
        r"\bdbl\.spamhaus\b|\bsurbl\b|\buribl\b|\brhsbl\b|\bivmuri\b",
        r"domain.{0,40}(?:black ?list|block ?list|blacklisted|poor reputation|low reputation|bad reputation)",
        r"url.{0,30}(?:black ?list|block ?list)|reputation of (?:the|your|sending) domain",
    ),
)

_KNOWN: Final = (
    Rejection(
        RejectionCategory.RATE_LIMITED,
        "The provider's limit is reached. Postroom waits and goes on by itself.",
        words=(
            r"daily (?:user )?sending (?:limit|quota)|sending (?:limit|quota)(?: was| has been| is)? exceeded",
            r"exceeded (?:the|your|its) (?:daily|hourly|sending|message)[a-z ]{0,30}(?:limit|quota)",
            r"too many messages|submission rate|outgoing message (?:limit|quota)|(?:max|maximum) e-?mails per",
            r"throttling failure|(?:sending|submission) rate exceeded|daily message quota|sender thread limit",
        ),
        # Gmail: support.google.com/a/answer/3726730. Exchange Online: its list of non-delivery reports.
        enhanced=("5.4.5", "5.1.90", "5.2.121", "5.7.705", "5.7.708", "5.2.120"),
        is_about_the_account=True,
    ),
    Rejection(
        RejectionCategory.POLICY_BLOCKED,
        "The provider has stopped this account from sending, usually because it takes its mail for spam. "
        "Sign in at the provider and follow what it asks for.",
        words=(r"bad outbound sender|outboundspamexception|unusual sending activity",),
        enhanced=("5.7.501", "5.7.502", "5.7.503"),
    ),
    Rejection(
        RejectionCategory.AUTH_FAILURE,
        "The account may not send as this address. Allow it at the provider, or send from the account's own.",
        words=(
            r"sendasdenied|send as this sender|not allowed to send as|not permitted to send as",
            r"sender address rejected: not owned|not owned by user|not authorized to use this (?:sender|from)",
            r"not one of your addresses|sender address is not allowed|address is not verified",
        ),
        enhanced=("5.7.60", "5.2.252"),
    ),
    Rejection(
        RejectionCategory.VIRUS_DETECTED,
        "The server found a virus, or a kind of file that it does not take. Remove the attachment.",
        words=(
            r"\bvirus(?:es)?\b|\bmalware\b|\btrojan\b|infected|clamav|\beicar\b",
            r"(?:attachment|file)s?.{0,40}(?:blocked|prohibited|forbidden|not allowed|banned|potential security)",
        ),
    ),
    Rejection(
        RejectionCategory.GEO_BLOCKED,
        "The server takes no mail from the country of the sending server.",
        words=(r"\bgeo.?(?:ip|block|location)|(?:your|from this|from your) country|country.{0,20}(?:blocked|banned)",),
    ),
    _LISTED_DOMAIN,
    _LISTED_IP,
    Rejection(
        RejectionCategory.AUTH_FAILURE,
        "The sender could not be proven (SPF, DKIM, DMARC). Check the DNS records of the sender's domain.",
        words=(
            r"\bdmarc\b|\bdkim\b|\bspf\b|sender policy framework|unauthenticated (?:email|mail|sender)",
            r"authentication (?:checks? )?(?:failed|required|information)|must be authenticated|fails authentication",
            r"not accept(?:ed)? due to domain|no (?:ptr|reverse dns)|reverse dns|fcrdns|ptr record",
        ),
        enhanced=(
            *("5.7.8", "5.7.9", "5.7.20", "5.7.21", "5.7.22", "5.7.23", "5.7.24", "5.7.25", "5.7.26", "5.7.27"),
            *("5.7.29", "5.7.30", "5.7.509", "5.7.515"),
        ),
    ),
    Rejection(
        RejectionCategory.RELAY_DENIED,
        "The server does not relay mail for this account. Check the host, the port and the sign-in of `smtp`.",
        words=(
            r"relay access denied|relay(?:ing)? (?:is )?(?:not (?:permitted|allowed)|denied|prohibited)",
            r"unable to relay|not a relay|we do not relay|relaying to .{1,80} prohibited|not an open relay",
        ),
        enhanced=("5.7.64", "5.7.54", "5.7.57"),
    ),
    Rejection(
        RejectionCategory.MAILBOX_FULL,
        "The recipient's mailbox is full. Try again later, or write to another address.",
        words=(
            r"(?:mail ?box|inbox|account|user|recipient).{0,40}(?:is full|over.{0,12}quota|out of (?:storage|space))",
            r"quota.{0,20}exceeded|exceed(?:ed|s|ing).{0,30}quota",
            r"over.?quota|mail ?box full|insufficient (?:disk )?space",
            r"not enough (?:disk |storage )?space|postfach.{0,30}voll",
            r"bo[iî]te.{0,30}pleine|storage (?:limit|allocation)",
        ),
        enhanced=("x.2.2",),
    ),
    Rejection(
        RejectionCategory.MAILBOX_DISABLED,
        "The recipient's mailbox is switched off.",
        words=(
            r"(?:mail ?box|account|user|recipient|address).{0,40}(?:disabled|inactive|suspended|deactivated|locked)",
            r"(?:account|mailbox).{0,30}(?:has been closed|is closed|not active|been discontinued|expired)",
            r"inactive (?:user|account|mailbox)|disabled (?:user|account|mailbox)",
            r"not accepting (?:any )?(?:mail|messages)",
        ),
        enhanced=("x.2.1",),
    ),
    Rejection(
        RejectionCategory.USER_UNKNOWN,
        "There is no such mailbox. Check the address.",
        words=(
            r"(?:user|recipient|mailbox|address|account)\W{0,3}(?: \S{1,80})? ?(?:is |was )?(?:unknown|not found)",
            r"unknown (?:user|recipient|mailbox|address|local.?part|account)",
            r"no such (?:user|mailbox|recipient|address|person)",
            r"(?:user|mailbox|recipient|address|account|e-?mail).{0,60}(?:does ?n[o'’]t exist|n'existe pas)",
            r"(?:does not|doesn't) have an? \S{1,60} account|no mailbox (?:here )?(?:by|with) that name",
            r"invalid (?:recipient|mailbox|user)|not a valid (?:recipient|mailbox|user)|recipient (?:is )?invalid",
            r"not listed in .{0,30}(?:directory|address book)|no longer (?:available|valid|exists|works)",
            r"(?:address|recipient|user).{0,40}(?:could ?n.?t be found|wasn't found|not be found)|user not known",
            r"(?:unbekannt|existiert nicht|nicht gefunden|inconnu|no existe|non esiste|не существует|не найден)",
            r"recipient address rejected: access denied",
            r"not our customer|no account here|cannot find your recipient",
        ),
        enhanced=("x.1.1", "5.1.10", "x.1.6", "5.4.1", "5.1.351"),
    ),
    Rejection(
        RejectionCategory.INVALID_ADDRESS,
        "The domain of the address does not exist or takes no mail. Check the address.",
        words=(
            r"(?:domain|host)(?: name| or domain name)?.{0,60}(?:not found|does ?n[o'’]t exist|unknown)",
            r"name service error|unrouteable (?:address|mail domain)|unknown host|nxdomain|null mx|no mx record",
            r"(?:bad|invalid|malformed) (?:destination |recipient )?(?:mailbox )?address(?: syntax)?",
            r"does not accept mail",
            r"all relevant mx records point to non-existent|dns error|couldn't find (?:any|a) host named",
            r"syntax error in (?:address|mailbox)|address syntax",
        ),
        enhanced=("x.1.2", "5.1.3", "5.4.4", "5.1.4", "5.4.310", "5.1.101"),
    ),
    Rejection(
        RejectionCategory.GREYLISTING,
        "The server wants to see this sender again later (greylisting). Postroom tries again by itself.",
        words=(r"gr[ea]y.?list|postgrey|\bgreylisted\b|temporarily deferred due to user complaints",),
    ),
    Rejection(
        RejectionCategory.RATE_LIMITED,
        "The server takes no more mail for now. Send more slowly.",
        words=(
            r"rate.?limit|rate that|too (?:many|much) (?:connections|recipients|mail|e-?mails|requests|errors)|throttl",
            r"receiving mail at a rate|sending too (?:fast|many|much)|too frequent|exceeded.{0,40}(?:rate|limit)",
        ),
        enhanced=("4.7.28", "4.7.650", "4.3.2", "4.5.3"),
    ),
    Rejection(
        RejectionCategory.POLICY_BLOCKED,
        "The message is too large for this server. Send a smaller one, or a link to the file.",
        words=(
            r"message (?:size|length) exceeds|message (?:is )?too (?:large|big)",
            r"size (?:limit|exceeds)|exceed.{0,30}size",
            r"maximum (?:message )?size|larger than the (?:current )?(?:system |size )?limit",
        ),
        enhanced=("x.3.4", "x.2.3"),
    ),
    Rejection(
        RejectionCategory.SPAM_BLOCKED,
        "The server took the message for spam. Change its contents, or ask the recipient to allow the sender.",
        words=(
            r"\bspam\b|\bspammy\b|\bjunk\b|unsolicited|\bbulk (?:e-?)?mail\b|\bphish|looks like spam|high.{0,20}score",
            r"content (?:rejected|filter|blocked)",
            r"message (?:content )?rejected (?:due to|because of) content|suspicious",
        ),
    ),
    Rejection(
        RejectionCategory.POLICY_BLOCKED,
        "A policy of the server forbids it. Its words say which.",
        words=(
            r"\bpolic(?:y|ies)\b|prohibited|not allowed|not permitted",
            r"not authori[sz]ed|access denied|blocked|restricted",
            r"rejected by (?:the )?(?:recipient|administrator|rule)|sender (?:is )?(?:denied|rejected|blocked)",
        ),
        enhanced=(
            "5.7.0",
            "5.7.1",
            "5.7.2",
            "5.7.3",
            "5.7.133",
            "5.7.124",
            "5.1.7",
            "5.1.8",
            "5.6.0",
            "5.6.1",
            "5.6.7",
        ),
    ),
    Rejection(
        RejectionCategory.USER_UNKNOWN,
        "There is no such mailbox. Check the address.",
        # Some servers say this for a mailbox that is busy, too, but then with other words beside it.
        words=(r"requested action not taken: mailbox unavailable",),
    ),
    Rejection(
        RejectionCategory.GREYLISTING,
        "The server wants to see this sender again later (greylisting). Postroom tries again by itself.",
        enhanced=("4.7.1", "4.7.0"),
    ),
    Rejection(
        RejectionCategory.SERVER_ERROR,
        "The server had a problem of its own. Later it may take the message.",
        words=(
            r"timed? ?out|connection (?:refused|reset|dropped|lost|closed)|no route to host|network is unreachable",
            r"could not connect|unable to connect|lost connection",
            r"host (?:not responding|unreachable)|deadline exceeded",
            r"temporar(?:y|ily)|try (?:again|later)|service (?:not |un)available",
            r"local (?:error|problem)|server (?:error|busy)",
            r"mail (?:loop|for \S{1,80} loops)|too many hops|hop count",
            r"internal error|system (?:error|problem)|disk full",
        ),
        enhanced=("x.3.0", "x.3.1", "x.3.2", "x.3.3", "x.3.5", "x.4.1", "x.4.2", "x.4.3", "x.4.6", "x.4.7", "5.4.14"),
    ),
)

_QUOTED: Final = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?|https?://\S{1,500}|www\.\S{1,500}")


@lru_cache(maxsize=256)
def recognise(text: str, enhanced: str | None = None) -> Rejection:
    """Return what a server means by its words and its enhanced code; `UNRECOGNISED` when nobody knows."""
    text = text[:_READ].lower()
    own = _QUOTED.sub(" ", text)
    for known, words in _patterns():
        # Servers name block lists by the URL at which the sender can ask for removal.
        if words is not None and words.search(text if known in (_LISTED_IP, _LISTED_DOMAIN) else own):
            return known
    if enhanced is not None:
        either = f"x{enhanced[1:]}"
        for known in _KNOWN:
            if enhanced in known.enhanced or either in known.enhanced:
                return known
    return UNRECOGNISED


@cache
def _patterns() -> tuple[tuple[Rejection, re.Pattern[str] | None], ...]:
    """The patterns are compiled when they are needed first. Many gateways never do."""
    return tuple((each, re.compile("|".join(each.words)) if each.words else None) for each in _KNOWN)
