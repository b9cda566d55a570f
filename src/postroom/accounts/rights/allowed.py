"""Which fields a caller may change who may change only one account: one table, and the check of a change. Pure.

`docs/api.md` has the table for people. Every field of the API needs a row here; a test checks that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from postroom.accounts.rights.exposure import (
    Use,
    differences,
    is_lent,
    kept_headers,
    kept_secrets,
    reaches_further,
    use_of,
)
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.values import AccountSettings, Protocol
from postroom.accounts.settings.writing import differing
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

Access: TypeAlias = Literal["consent", "service", "unknown"]
"""How an OAuth2 application opens a mailbox: by a person's consent, or with credentials of its own, which open any."""


class Right(StrEnum):
    """What a token that is bound to an account may do with a field."""

    YES = "yes"
    WITH_SECRET = "with the secret"  # noqa: S105 - a right, no secret
    """The request must also contain the secrets that would be sent there."""
    ADMINISTRATOR = "no"
    """Only if the operator lists the field in POSTROOM_BOUND_TOKEN_FIELDS."""
    NEVER = "never"
    OWN = "its own only"


class ChangeDenied(Permanent):
    """The caller may change the account, but not in this way; `problems` gives every reason. Nothing was stored."""

    code = "AccessDenied"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Unauthorized change")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Changer:
    """Who makes a change; `name` is for the timeline.

    `is_bound` means that a token for this account alone makes it. `listed` are the further fields that the operator
    lets such tokens change. `private_hosts` means that they may name mail servers at private addresses.
    """

    name: str
    is_bound: bool = False
    listed: frozenset[str] = frozenset()
    private_hosts: bool = False


ADMINISTRATOR: Final = Changer("an administrator")
HOSTED_SIGN_IN: Final = Changer("a hosted sign-in")
CONSENT: Final = Changer("a consent")

_YES, _SECRET, _ADMIN, _NEVER = Right.YES, Right.WITH_SECRET, Right.ADMINISTRATOR, Right.NEVER

_SERVER: Final[Mapping[str, Right]] = {
    **dict.fromkeys(("host", "port", "secure", "auth.user"), _SECRET),
    **dict.fromkeys(("tls.rejectUnauthorized", "tls.minVersion", "tls.allowPlaintext", "tls.servername"), _SECRET),
    **dict.fromkeys(("auth.pass", "auth.accessToken", "disabled", "partial"), _YES),
    "useAuthServer": _ADMIN,
}
_IMAP_ONLY: Final = (
    "resyncDelay",
    "disableIMAP4rev2",
    *(f"{name}MailPath" for name in ("sent", "drafts", "junk", "trash", "archive")),
)
_OAUTH2: Final[Mapping[str, Right]] = {
    **dict.fromkeys(("accessToken", "refreshToken", "expires", "generated"), _YES),
    **dict.fromkeys(("enabled", "authority", "partial"), _YES),
    **dict.fromkeys(("provider", "auth.user", "auth.delegatedUser", "useAuthServer"), _ADMIN),
    **dict.fromkeys(("auth.delegatedAccount", "authorize", "redirectUrl"), _NEVER),
}
FIELDS: Final[Mapping[str, Right]] = {
    "account": _NEVER,
    **dict.fromkeys(("name", "email", "path", "notifyFrom", "syncFrom", "imapIndexer"), _YES),
    **dict.fromkeys(("copy", "logs", "locale", "tz"), _YES),
    **dict.fromkeys(("expectedEmail", "metadata", "subconnections", "proxy", "smtpEhloName"), _ADMIN),
    **dict.fromkeys(("webhooks", "webhooksCustomHeaders"), _ADMIN),
    **{f"imap.{name}": right for name, right in _SERVER.items()},
    **{f"imap.{name}": _YES for name in _IMAP_ONLY},
    **{f"smtp.{name}": right for name, right in _SERVER.items()},
    **{f"oauth2.{name}": right for name, right in _OAUTH2.items()},
}
"""By dotted path, for changes, and for registrations, which a bound token cannot make."""

REQUESTS: Final[Mapping[str, Right]] = {
    **dict.fromkeys(("reconnect", "disconnect", "sync", "flush"), _YES),
    **dict.fromkeys(("verify", "quota", "revoke", "page", "pageSize", "since", "limit", "type"), _YES),
    **dict.fromkeys(("counters", "newPath", "subscribed"), _YES),
    **dict.fromkeys(("flags", "internalDate", "reference", "raw", "from", "to", "cc", "bcc", "replyTo"), _YES),
    **dict.fromkeys(("subject", "text", "html", "attachments", "messageId", "headers"), _YES),
    **dict.fromkeys(("cursor", "fields", "search", "update", "labels", "force"), _YES),
    **dict.fromkeys(("unseen", "seen", "flagged", "answered", "draft", "deleted"), _YES),
    **dict.fromkeys(("documentStore", "useOutlookSearch"), _YES),
    **dict.fromkeys(("textType", "maxBytes", "markAsSeen"), _YES),
    **dict.fromkeys(("webSafeHtml", "embedAttachedImages", "preProcessHtml"), _YES),
    **dict.fromkeys(("envelope", "previewText", "sendAt", "deliveryAttempts", "dsn", "sentMailPath", "dryRun"), _YES),
    **dict.fromkeys(("template", "render", "mailMerge", "listId", "gateway"), _YES),
    **dict.fromkeys(("trackOpens", "trackClicks", "baseUrl"), _YES),
    **dict.fromkeys(("state", "recipient", "until", "as", "paused"), _YES),
    "localAddress": _NEVER,
    **dict.fromkeys(("account", "query"), Right.OWN),
}
"""By name, the other members of bodies and query strings that a bound token may send."""

LISTABLE: Final = frozenset(field for field, right in FIELDS.items() if right is _ADMIN)

_WHY: Final[Mapping[str, str]] = {
    "expectedEmail": "it says whose account this is",
    "metadata": "webhook endpoints choose accounts by it",
    "subconnections": "each takes a connection of the installation",
    "proxy": "it decides how this installation reaches others",
    "smtpEhloName": "this installation introduces itself by it",
    "webhooks": "the events would no longer go where the installation sends them",
    "webhooksCustomHeaders": "they replace those of the installation",
    "imap.useAuthServer": "the credentials are the authentication server's",
    "smtp.useAuthServer": "the credentials are the authentication server's",
    "oauth2.useAuthServer": "the credentials are the authentication server's",
    "oauth2.provider": "an application may open other mailboxes too",
    "oauth2.auth.user": "it names whose mailbox it is",
    "oauth2.auth.delegatedUser": "it names whose mailbox it is",
    "oauth2.auth.delegatedAccount": "to borrow takes the right to the other account",
}
_PROTOCOLS: Final[tuple[Protocol, ...]] = ("imap", "smtp")
_IDENTITY: Final = ("oauth2.provider", "oauth2.auth.user", "oauth2.auth.delegatedUser")
_REGISTERED: Final = "it belongs to a registration"
_ANY_MAILBOX: Final = "an application may open every mailbox of its domain"


def right_of(path: str) -> Right | None:
    """Return the right to a field, perhaps from the block that contains it; None for a field without a row."""
    return FIELDS.get(path) or FIELDS.get(path.partition(".")[0])


def unlistable(names: Iterable[str]) -> list[str]:
    """Return the fields that an operator cannot list for bound tokens."""
    return [name for name in names if name not in LISTABLE]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed change: the settings before and after it, and the part that was `sent`.

    `other_metadata` means that the account's metadata would change.
    """

    before: AccountSettings
    after: AccountSettings
    sent: AccountSettings
    other_metadata: bool = False


def denied(proposal: Proposal, by: Changer, access: Access) -> list[Problem]:
    """Return what a bound token may not change in a proposal. `access` is that of the new OAuth2 application."""
    if not by.is_bound:
        return []
    found = {problem.key: problem for problem in _without_right(proposal, by, access)}
    for protocol in _PROTOCOLS:
        for problem in _without_secret(proposal, protocol, access):
            found.setdefault(problem.key, problem)
    if kept_headers(proposal.before, proposal.after, proposal.sent):
        message = '"webhooksCustomHeaders" must be sent again: "webhooks" changes where the stored values go'
        found.setdefault("webhooksCustomHeaders", Problem("webhooksCustomHeaders", message))
    return list(found.values())


def names_other_server(before: AccountSettings, after: AccountSettings) -> bool:
    """Return whether a change makes an account connect to a new mail server, port or proxy."""
    uses = [(use_of(before, protocol), use_of(after, protocol)) for protocol in _PROTOCOLS]
    return any(new is not None and _is_another(old, new) for old, new in uses)


def _is_another(old: Use | None, new: Use) -> bool:
    if old is None or old.proxy != new.proxy:
        return bool(new.host or new.proxy)
    return new.host is not None and (old.host, old.port) != (new.host, new.port)


def _without_right(proposal: Proposal, by: Changer, access: Access) -> Iterator[Problem]:
    changed = differing(proposal.before, proposal.after, FIELDS)
    if proposal.other_metadata:
        changed |= {"metadata"}
    for path, right in FIELDS.items():
        if path not in changed or _gives_up(proposal.after, path):
            continue
        if path in _IDENTITY and access != "consent":
            yield Problem(path, f'"{path}" may be changed by an administrator only: {_ANY_MAILBOX}')
        elif right is _NEVER or (right is _ADMIN and path not in by.listed):
            yield Problem(path, f'"{path}" may be changed by an administrator only: {_WHY.get(path, _REGISTERED)}')


def _gives_up(after: AccountSettings, path: str) -> bool:
    """Return whether a field is removed with its whole block. That only ends a sign-in, so anyone may do it."""
    blocks = {"imap": after.imap, "smtp": after.smtp, "oauth2": after.oauth2}
    name = path.partition(".")[0]
    return name in blocks and blocks[name] is None


def _without_secret(proposal: Proposal, protocol: Protocol, access: Access) -> Iterator[Problem]:
    before, after = proposal.before, proposal.after
    old, new = use_of(before, protocol), use_of(after, protocol)
    if new is None or not reaches_further(old, new):
        return
    causes = [each.field for each in differences(before, after) if each.field.startswith((f"{protocol}.", "proxy"))]
    if is_lent(after, protocol) or (access == "service" and new.source == "oauth2"):
        for path in causes or [protocol]:
            yield Problem(path, f'"{path}" may be changed by an administrator only: the credentials are not its own')
        return
    why = " and ".join(f'"{path}"' for path in causes) or f'"{protocol}"'
    for path in kept_secrets(after, proposal.sent, protocol):
        yield Problem(
            path, f'"{path}" must be sent again: {why} would send the stored one elsewhere, or less protected'
        )
