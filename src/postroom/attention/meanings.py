"""What a failure of an account means for a person: in words, and whether it passes by itself. Pure.

Servers give many codes for one reason, and one code for many. The advice that was given with a failure tells the reason
apart, because each advice belongs to one rule of `connections/failure_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.connections.failure_rules import ADVICE, RULES
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.model import TOKEN_ADVICE

__all__ = ["MEANINGS", "Meaning", "meaning_of"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason in words: what one account does ("wants an app password"), and what several do.

    `passes`: it is tried again by itself, and often works then.
    """

    one: str
    many: str
    passes: bool = False

    def words(self, count: int) -> str:
        """Return the words for so many accounts."""
        return self.one if count == 1 else self.many


def _same(words: str, *, passes: bool = False) -> Meaning:
    """Return a meaning whose words are the same for one and for many, such as "could not connect"."""
    return Meaning(words, words, passes)


_REFUSED: Final = Meaning("is refused its user name or password", "are refused their user names or passwords")
_REVOKED: Final = Meaning("must be signed in again by its owner", "must be signed in again by their owners")
_FULL: Final = Meaning("has too many connections at its server", "have too many connections at their server", True)
_BUSY: Final = Meaning("is turned away by a busy server", "are turned away by a busy server", True)
_SILENT: Final = Meaning("gets no answer from its server", "get no answer from their server", True)
_NAMES: Final = Meaning("cannot look up its server's name", "cannot look up their servers' names", True)
_NO_WAY: Final = Meaning("has no way to its server's address", "have no way to their server's address")
_TLS: Final = Meaning("cannot encrypt the connection to its server", "cannot encrypt the connection to their server")
_CERTIFICATE: Final = Meaning("does not trust its server's certificate", "do not trust the certificate of their server")
_FILES: Final = _same("cannot open a connection: this machine has no more open files to give")
_NO_TURN: Final = Meaning("waits for its turn to sign in", "wait for their turn to sign in", True)

MEANINGS: Final[Mapping[str, Meaning]] = {
    "APPPASSWORD": Meaning("wants an app password", "want an app password"),
    "OAUTH2REQUIRED": Meaning("must sign in with OAuth2", "must sign in with OAuth2"),
    "WEBALERT": Meaning("must be signed in with a browser first", "must be signed in with a browser first"),
    "IMAPDISABLED": Meaning("has IMAP switched off", "have IMAP switched off"),
    "UNSAFELOGIN": Meaning("needs an authorisation code of NetEase", "need an authorisation code of NetEase"),
    "5.7.139": Meaning("may not send with a password", "may not send with a password"),
    "PRIVACYREQUIRED": Meaning("must sign in over TLS", "must sign in over TLS"),
    "EXPIRED": Meaning("has an expired password or token", "have expired passwords or tokens"),
    "CONTACTADMIN": Meaning("is locked by its server", "are locked by their server"),
    "AUTHORIZATIONFAILED": Meaning("may not open the mailbox it names", "may not open the mailbox they name"),
    "AUTHENTICATIONFAILED": _REFUSED,
    "504": _same("cannot sign in with the kind of credentials given"),
    "EAUTHMECHANISM": _same("cannot sign in with the kind of credentials given"),
    "LOGINDISABLED": Meaning("must sign in over TLS or with OAuth2", "must sign in over TLS or with OAuth2"),
    "ECREDENTIALS": Meaning("has credentials that cannot be sent", "have credentials that cannot be sent"),
    "CredentialsMissing": Meaning("has nothing to sign in with", "have nothing to sign in with"),
    "SecretUnreadable": Meaning(
        "has stored secrets that cannot be opened", "have stored secrets that cannot be opened"
    ),
    "HTTPRequestError": Meaning(
        "gets no credentials from your authentication server", "get no credentials from your authentication server"
    ),
    "ETOKENENDPOINT": _same("got no access token from the provider", passes=True),
    "OauthRenewError": Meaning("gets no access token", "get no access token"),
    "invalid_grant": _REVOKED,
    "interaction_required": _REVOKED,
    "consent_required": _REVOKED,
    "invalid_client": Meaning(
        "cannot sign in: the provider refuses its OAuth2 application",
        "cannot sign in: the provider refuses their OAuth2 application",
    ),
    "unauthorized_client": Meaning(
        "cannot sign in: its OAuth2 application may not do so", "cannot sign in: their OAuth2 application may not do so"
    ),
    "invalid_scope": Meaning(
        "cannot sign in: a scope of its OAuth2 application is not granted",
        "cannot sign in: a scope of their OAuth2 application is not granted",
    ),
    "THROTTLED": Meaning("is slowed down by its server", "are slowed down by their server", True),
    "OVERQUOTA": Meaning("has used up its transfer limit", "have used up their transfer limits", True),
    "LIMIT": _FULL,
    "LIMIT of sign-ins": Meaning("signs in too often for its server", "sign in too often for their server", True),
    "NOTCONNECTED": Meaning("is signed in, but its mailbox does not open", "are signed in, but no mailbox opens"),
    "INUSE": Meaning("is held by another program", "are held by another program", True),
    "UNAVAILABLE": _BUSY,
    "BYE": Meaning("is disconnected by its server", "are disconnected by their server", True),
    "ECONNRESET": Meaning("is disconnected by its server", "are disconnected by their server", True),
    "ETIMEDOUT": _SILENT,
    "ETIMEDOUT connect": _SILENT,
    "ETIMEDOUT greeting": _SILENT,
    "ETIMEDOUT tls": _SILENT,
    "ETIMEDOUT dns": _NAMES,
    "EAI_AGAIN": _NAMES,
    "ENOTFOUND": Meaning("names a server that does not exist", "name a server that does not exist"),
    "ECONNREFUSED": Meaning("finds nothing listening at its server", "find nothing listening at their server"),
    "EHOSTUNREACH": _NO_WAY,
    "ENETUNREACH": _NO_WAY,
    "EEGRESSBLOCKED": Meaning("names an address that is not allowed", "name addresses that are not allowed"),
    "EPROXY": Meaning("cannot connect through its proxy", "cannot connect through their proxy"),
    "EPROTOCOL": Meaning("finds something else at its server's port", "find something else at their server's port"),
    "ECERT": _CERTIFICATE,
    "ECERTEXPIRED": Meaning(
        "finds an expired certificate at its server", "find an expired certificate at their server"
    ),
    "ECERTNAME": Meaning(
        "finds the certificate of another host at its server", "find the certificate of another host at their server"
    ),
    "ECERTUNTRUSTED": _CERTIFICATE,
    "ESTARTTLS": _TLS,
    "ETLS": _TLS,
    "ETLSREQUIRED": Meaning("finds no encryption at its server", "find no encryption at their server"),
    "EIMPLICITTLS": Meaning("has `secure` switched off at a port with TLS", "have `secure` off at a port with TLS"),
    "EPLAINTEXT": Meaning("has `secure` switched on at a port without TLS", "have `secure` on at a port without TLS"),
    "LIST": Meaning("cannot list its folders", "cannot list their folders"),
    "SELECT": Meaning("cannot open a folder", "cannot open a folder"),
    "ABUSE": Meaning("is flooded by its server", "are flooded by their server"),
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "EHOSTPAUSED": _NO_TURN,
    "EBUSYHERE": _NO_TURN,
    "EINTERNAL": Meaning("met a fault of Postroom", "met a fault of Postroom"),
    "InternalError": Meaning("met a fault of Postroom", "met a fault of Postroom"),
}
"""The reasons by name: a code of ours, a key of `ADVICE`, or the code of a rule."""

_SIGN_IN: Final = Meaning("cannot sign in", "cannot sign in")
_CONNECT: Final = Meaning("cannot connect", "cannot connect", True)


def _reasons() -> dict[str, str]:
    """Return the name of the reason for each advice."""
    known = {advice: name for name, advice in (*ADVICE.items(), *TOKEN_ADVICE.items()) if name in MEANINGS}
    for rule in RULES:
        known[rule.advice] = "LIMIT of sign-ins" if rule.host_wide else rule.code
    return known


_REASONS: Final = _reasons()


def meaning_of(code: str, advice: str, *, is_refusal: bool) -> tuple[str, Meaning]:
    """Return the name of the reason and its meaning.

    `is_refusal`: the server refused the credentials. Otherwise the connection failed. All reasons that are not known
    are one, without a name: servers choose their codes, and one may have a code for each account.
    """
    for name in (_REASONS.get(advice), code):
        if name is not None and name in MEANINGS:
            return name, MEANINGS[name]
    return "", _SIGN_IN if is_refusal else _CONNECT
