"""Names the cause of a failed sign-in; the language catalogues have a text for each name. Pure.

The verdict itself is made in `connections/failures.py`; this module only picks the text that fits it.
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
# A server may refuse with a code of its own. The advice then tells which rule recognised its message.
_BY_ADVICE: Final = {rule.advice: _BY_CODE[rule.code] for rule in RULES if rule.code in _BY_CODE}

CAUSES: Final = frozenset({*_BY_CODE.values(), "password", "trouble"})
"""Every name of a cause."""


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
"""The field that a person must check, by cause. A cause that no field can cure is missing."""


def field_of(cause: str, protocol: str) -> str | None:
    """Return the field that a cause is about, None if there is none. `protocol` is `imap` or `smtp`."""
    field = _FIELDS.get(cause)
    return f"{protocol}_{field}" if field in ("host", "port", "security") else field


def cause_of(failure: Failure) -> str:
    """Return the name of a failure's cause."""
    known = _BY_ADVICE.get(failure.advice) or _BY_CODE.get(failure.code)
    if known is not None:
        return known
    if failure.kind == "authentication":
        return "password"
    return _SILENT.get(failure.phase, "trouble") if failure.code == "ETIMEDOUT" else "trouble"
