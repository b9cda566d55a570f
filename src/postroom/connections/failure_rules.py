"""What servers say when they refuse, as data: one rule for each meaning; the first that fits decides. Pure.

Only failures.py reads this table. To teach Postroom a new refusal, add its text to the rule with that meaning, or add a
rule above those it must win against. Add the text to the table of real refusals in tests/connections/test_failures.py.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass

__all__ = ["ADVICE", "CREDENTIAL_CODES", "RULES", "Kind", "Rule"]

Kind = Literal["authentication", "connection"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One meaning of a refusal.

    The rule fits when the server's response code (or SMTP status) is in `codes`, or its text matches `text`. `code` is
    reported if the server gave none. `pause` is the least number of seconds to stay away; with `host_wide`, all
    accounts of this host do. Servers use a `vague` text for wrong passwords too, so a code about the credentials
    overrides it. `source` says where this meaning was observed or specified.
    """

    kind: Kind
    advice: str
    source: str
    codes: frozenset[str] = frozenset()
    text: re.Pattern[str] | None = None
    code: str = ""
    pause: float | None = None
    host_wide: bool = False
    vague: bool = False


def _rule(
    kind: Kind,
    advice: str,
    source: str,
    *,
    codes: str = "",
    text: str = "",
    code: str = "",
    pause: float | None = None,
    host_wide: bool = False,
    vague: bool = False,
) -> Rule:
    pattern = re.compile(text, re.IGNORECASE) if text else None
    names = codes.split()
    return Rule(kind, advice, source, frozenset(names), pattern, code or (names or [""])[0], pause, host_wide, vague)


_BUSY: Final = (
    _rule(
        "connection",
        "The server asks for a pause; the next attempt waits for as long as it said.",
        "Exchange Online: imapsync#198, email-oauth2-proxy#191, imapflow#142",
        codes="THROTTLED",
        text=r"request is throttled|suggested backoff time|\[throttled\]",
        pause=30,
    ),
    _rule(
        "connection",
        "The daily transfer limit of this mailbox is used up; the provider lifts it by itself, within a day at most.",
        "Gmail: support.google.com/a/answer/1359240",
        codes="OVERQUOTA",
        text=r"bandwidth limit|exceeded command or bandwidth",
        pause=3600,
    ),
    _rule(
        "connection",
        "Too many programs are connected to this mailbox; close other mail programs or let them use fewer.",
        "Gmail: wildduck#35, imapflow#178; Dovecot: node-imap#606, #882; Yahoo; iCloud",
        codes="LIMIT",
        text=r"too many (simultaneous )?(connections|sessions)|(maximum|max) number of (imap )?(connections|sessions)"
        r"|mail_max_userip_connections|connection limit (exceeded|reached)|number of concurrent connections",
        pause=30,
    ),
    _rule(
        "connection",
        "The server counts sign-ins and wants fewer; sign-ins to this host are slowed down.",
        "FairEmail and benethos-mailbox-service notes; RFC 5530 LIMIT",
        text=r"login rate limit|rate limit (hit|exceeded|reached)|too many (login|auth\w*|failed|bad|invalid)"
        r"|too many (log-?ins|attempts)|login attempts? (limit|exceeded)|4\.7\.0 too many",
        code="LIMIT",
        pause=60,
        host_wide=True,
    ),
    _rule(
        "connection",
        "Microsoft accepted the sign-in but did not open the mailbox: check that IMAP is enabled for it, that the user "
        "name is that mailbox, and that few programs are connected.",
        "Exchange Online: node-imap#689, getmail6#221",
        text=r"authenticated but not connected",
        code="NOTCONNECTED",
        pause=30,
    ),
    _rule(
        "connection",
        "Another program holds this mailbox; it is tried again.",
        "RFC 5530 INUSE",
        codes="INUSE",
        pause=5,
    ),
    _rule(
        "connection",
        "The server has a problem of its own; it is tried again.",
        "RFC 5530 UNAVAILABLE, SERVERBUG; Exchange: bare 'Server Unavailable.'; RFC 4954 section 6 (454)",
        codes="UNAVAILABLE SERVERBUG 421 432 454 4.3.0 4.3.2 4.7.0 4.4.2",
        text=r"try again later|try later|temporar(y|ily)|(server|service|system) (is )?(currently )?(busy|unavailable)"
        r"|(server|service) (is )?not available|internal (server )?error|server error"
        r"|unexpected exception|shutting down",
        code="UNAVAILABLE",
        vague=True,
    ),
)

_REFUSED: Final = (
    _rule(
        "authentication",
        "Google wants the owner to sign in with a browser first: open the link in the server's answer, or sign in with "
        "OAuth2 or an app password.",
        "Gmail: MailSystem.NET#17, S22.Imap#116",
        codes="WEBALERT",
        text=r"web login required|log in via your web browser|\[webalert|5\.7\.14",
    ),
    _rule(
        "authentication",
        "This account needs an app password (or the provider's authorisation code) instead of its ordinary password, "
        "or OAuth2.",
        "Gmail: mutt-wizard#831 and SMTP 5.7.9; iCloud, Yahoo, QQ, NetEase, Yandex",
        codes="5.7.9",
        text=r"application-specific password|app(lication)?[ -]?(specific )?passwords?\b|authori[sz]ation code|"
        r"invalidsecondfactor|授权码",
        code="APPPASSWORD",
    ),
    _rule(
        "authentication",
        "Microsoft accepts no passwords here any more: sign in with OAuth2.",
        "Exchange Online: uxc#445",
        text=r"basic ?auth(entication)? (is )?(disabled|blocked)|basicauthblocked|basicauthdisabled",
        code="OAUTH2REQUIRED",
    ),
    _rule(
        "authentication",
        "Sending with a password is switched off for this mailbox or tenant: an administrator can allow SMTP AUTH, or "
        "sign in with OAuth2.",
        "Exchange Online: nextcloud/mail#13667 (535 5.7.139)",
        codes="5.7.139",
        text=r"smtpclientauthentication is disabled",
    ),
    _rule(
        "authentication",
        "Switch IMAP access on in the provider's settings for this mailbox, and check user name and password.",
        "Gmail, Zoho, GMX, web.de (MailKit notes), Yandex: Mailspring#904",
        text=r"imap (access )?(is |has been )?(disabled|not enabled|switched off|deactivated)|not enabled for imap"
        r"|yet to enable imap|enable imap|imap access (is )?not allowed",
        code="IMAPDISABLED",
    ),
    _rule(
        "authentication",
        "NetEase refuses programs it does not know: switch on IMAP and use an authorisation code in its web settings.",
        "163, 126, yeah, 188: node-imap#908, himalaya#651",
        text=r"unsafe login",
        code="UNSAFELOGIN",
    ),
    _rule(
        "authentication",
        "The server wants encryption before it accepts a password: use TLS (`secure: true`) or STARTTLS.",
        "RFC 5530 PRIVACYREQUIRED; Dovecot; RFC 4954 section 6 (530, 538)",
        codes="PRIVACYREQUIRED LOGINDISABLED 538 5.7.11",
        text=r"plaintext authentication (is )?(disallowed|disabled|not allowed)|must issue a starttls|logindisabled",
    ),
    _rule(
        "authentication",
        "The password or token has expired: set a new one.",
        "RFC 5530 EXPIRED; Exchange: 'Command Error. 10' for an expired token",
        codes="EXPIRED",
        text=r"(password|token|credentials?) (has |have |is )?expired|command error\. 1[0-2]\b",
    ),
    _rule(
        "authentication",
        "Only the server's administrator can unlock this account: ask them, with the server's own words.",
        "RFC 5530 CONTACTADMIN",
        codes="CONTACTADMIN",
        text=r"account (is |has been )?(locked|disabled|suspended|blocked)"
        r"|contact (your |the )?(system )?administrator",
    ),
    _rule(
        "authentication",
        "The credentials are right, but this user may not open this mailbox: check the user name and any delegation.",
        "RFC 5530 AUTHORIZATIONFAILED, NOPERM",
        codes="AUTHORIZATIONFAILED NOPERM",
    ),
    _rule(
        "authentication",
        "The server offers no way to sign in with the kind of credentials given: check host, port and credentials.",
        "RFC 4954 section 4 (504); RFC 9051 section 6.2.2",
        codes="504 5.5.4 CANNOT",
    ),
    _rule(
        "authentication",
        "Check user name and password; many providers want an app password or OAuth2.",
        "RFC 5530 AUTHENTICATIONFAILED; RFC 4954 section 6 (534, 535)",
        codes="AUTHENTICATIONFAILED 534 535 5.7.8 5.7.3",
    ),
)

RULES: Final[tuple[Rule, ...]] = _BUSY + _REFUSED

CREDENTIAL_CODES: Final = frozenset().union(*(rule.codes for rule in _REFUSED))
"""Response codes and SMTP statuses that are about the credentials, whatever the text says."""

ADVICE: Final = {
    "ABUSE": "The server sends more than any honest server does, so it is left alone for a long while: show its "
    "operator these words, then ask for a reconnect.",
    "AUTHENTICATIONFAILED": "Check user name and password; many providers want an app password or OAuth2.",
    "EAUTHMECHANISM": "The server offers no way to sign in with the kind of credentials given.",
    "BYE": "The server ended the session; it is tried again.",
    "EAI_AGAIN": "The name server did not answer; if this lasts, check this machine's name resolution.",
    "ECERT": "The server's certificate cannot be trusted: correct it, or set the host name it was made for.",
    "ECERTEXPIRED": "The server's certificate has expired or is not valid yet: its operator must renew it.",
    "ECERTNAME": "The certificate belongs to another host: give a name that is in the certificate, as `host` or "
    "`tls.servername`.",
    "ECERTUNTRUSTED": "Nobody we trust has signed the certificate: add its authority with the `ca_file` setting.",
    "ECONNREFUSED": "Nothing listens there: check host name, port and firewall.",
    "ECONNRESET": "The server closed the connection; it is tried again.",
    "ECREDENTIALS": "The credentials cannot be sent as they are: set them again, without the character that is named.",
    "EEGRESSBLOCKED": "This address is not allowed for mail servers: POSTROOM_HOST_POLICY decides, and "
    "POSTROOM_SIGN_IN_PRIVATE_ADDRESSES for servers that a person or a token of the account named.",
    "EHOSTUNREACH": "There is no way to this address: check the host name and this machine's network.",
    "EINTERNAL": "This is a fault in Postroom; the log has the details.",
    "LIST": "The server does not list the folders: check that this user may read the mailbox; it is tried again.",
    "LOGINDISABLED": "The server takes no password on this connection: use TLS (port 993, `secure: true`) or OAuth2.",
    "EMFILE": "This process may not open more files: raise the limit (LimitNOFILE=, ulimit -n); it is tried again.",
    "ENFILE": "This machine has no more open files to give: raise `fs.file-max`; it is tried again.",
    "ENETUNREACH": "There is no way to this address: check the host name and this machine's network.",
    "ENOTFOUND": "No such host: check the spelling of the host name.",
    "EPROTOCOL": "What answered does not speak this protocol properly: check host name and port.",
    "EPROXY": "Check the account's `proxy`: address, user and password, and whether it may connect to the mail server.",
    "ESTARTTLS": "The server refused to start encryption: use TLS from the first byte (`secure: true`).",
    "ETLS": "There is no TLS on this port, or only an outdated one: check port and `secure`.",
    "ETLSREQUIRED": "The server offers no encryption: use its TLS port (`secure: true`), or allow plaintext.",
    "EIMPLICITTLS": "This port wants TLS from the first byte: set `{field}` to true, or name the port for STARTTLS.",
    "EPLAINTEXT": "This port begins without TLS: set `{field}` to false for STARTTLS, or name the port for TLS.",
    "SELECT": "The server does not open the folder: check that it is there and that this user may read it; it is "
    "tried again.",
    "ETIMEDOUT connect": "The server does not answer: check host name, port and firewall.",
    "ETIMEDOUT dns": "The name server did not answer; if this lasts, check this machine's name resolution.",
    "ETIMEDOUT greeting": "The server took the connection but said nothing: check the port, and whether it wants TLS.",
    "ETIMEDOUT tls": "The server took the connection but did not answer in TLS: check port and `secure`.",
    "ETIMEDOUT": "The server stopped answering; it is tried again.",
    "other": "It is tried again; if it lasts, show the server's words to its operator.",
}
"""Advice for each of our own codes, and for a refused command. An entry "code phase" wins over the one for the code.

`{field}` stands for the setting that a failure names.
"""
