"""What a failed sign-in means to the owner of a mailbox: a name for each cause, under which catalogues have the words.

The verdict itself is made in `connections/failures.py`; this only says which of the texts fits it. Pure.
"""

from __future__ import annotations

from typing import Final

from postroom.connections.failure_rules import RULES
from postroom.connections.failures import Failure

__all__ = ["CAUSES", "cause_of", "field_of"]

_BY_CODE: Final = {
    "WEBALERT": "browser_first",
    "APPPASSWORD": "app_password",
    "5.7.9": "app_password",
    "OAUTH2REQUIRED": "no_passwords",
    "5.7.139": "sending_off",
    "IMAPDISABLED": "imap_off",
    "UNSAFELOGIN": "imap_off",
    "PRIVACYREQUIRED": "encryption",
    "LOGINDISABLED": "encryption",
    "538": "encryption",
    "5.7.11": "encryption",
    "EXPIRED": "expired",
    "CONTACTADMIN": "locked",
    "AUTHORIZATIONFAILED": "no_access",
    "NOPERM": "no_access",
    "EAUTHMECHANISM": "no_passwords",
    "504": "no_passwords",
    "5.5.4": "no_passwords",
    "CANNOT": "no_passwords",
    "ENOTFOUND": "unknown_host",
    "ECONNREFUSED": "unreachable",
    "EHOSTUNREACH": "unreachable",
    "ENETUNREACH": "unreachable",
    "ECERT": "certificate",
    "ECERTEXPIRED": "certificate",
    "ECERTNAME": "certificate",
    "ECERTUNTRUSTED": "certificate",
    "ETLS": "wrong_security",
    "EIMPLICITTLS": "wrong_security",
    "EPLAINTEXT": "wrong_security",
    "ESTARTTLS": "wrong_security",
    "ETLSREQUIRED": "wrong_security",
    "EPROTOCOL": "wrong_port",
    "EEGRESSBLOCKED": "private",
    "LIMIT": "busy",
    "THROTTLED": "busy",
    "OVERQUOTA": "busy",
    "INUSE": "busy",
    "EHOSTPAUSED": "busy",
    "EBUSYHERE": "busy",
    "UNAVAILABLE": "busy",
    "NOTCONNECTED": "imap_off",
}
_SILENT: Final = {"dns": "unknown_host", "connect": "unreachable", "tls": "wrong_security", "greeting": "wrong_port"}
# A server may refuse with a code of its own; the advice is that of the rule that knew its words.
_BY_ADVICE: Final = {rule.advice: _BY_CODE[rule.code] for rule in RULES if rule.code in _BY_CODE}

CAUSES: Final = frozenset({*_BY_CODE.values(), "password", "trouble"})
"""Every name there is."""


_FIELDS: Final = {
    "password": "password",
    "app_password": "password",
    "expired": "password",
    "no_access": "user",
    "unknown_host": "host",
    "unreachable": "host",
    "certificate": "host",
    "private": "host",
    "wrong_port": "port",
    "wrong_security": "security",
    "encryption": "security",
}
"""Which field a person has to look at; a cause that no field can cure has none."""


def field_of(cause: str, protocol: str) -> str | None:
    """Return the name of the field that a cause is about; `protocol` is `imap` or `smtp`. None for no field."""
    field = _FIELDS.get(cause)
    return f"{protocol}_{field}" if field in ("host", "port", "security") else field


def cause_of(failure: Failure) -> str:
    """Return the name of the cause."""
    known = _BY_ADVICE.get(failure.advice) or _BY_CODE.get(failure.code)
    if known is not None:
        return known
    if failure.kind == "authentication":
        return "password"
    return _SILENT.get(failure.phase, "trouble") if failure.code == "ETIMEDOUT" else "trouble"
