"""The settings document of an account: merging a change, keeping secrets apart, finding what is wrong. Pure.

A document has the API's field names. It exists in two forms: `full`, with secrets in place, which is never stored, and
`masked`, with `******` in their place, which is stored and shown; `split` and `join` go from one to the other.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MASK = "******"
BLOCKS = ("imap", "smtp", "oauth2")
# Says that the mail servers were named by somebody who may name public ones only; goes when a caller names others.
PUBLIC_HOSTS = "publicHosts"
# Likewise says of `webhooks` that it was named by somebody who does not see the headers of the installation.
OWN_RECEIVER = "ownReceiver"
_SECRET_KEYS = ("pass", "accessToken", "refreshToken")
_URL_FIELDS = ("proxy", "webhooks")
_HEADERS = "webhooksCustomHeaders"
_USERINFO = re.compile(r"(?<=://)[^/?#]*(?=@)")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# A change in one of these needs a new connection.
CONNECTION_FIELDS = ("imap", "oauth2", "path", "subconnections", "proxy", "imapIndexer", "notifyFrom", PUBLIC_HOSTS)

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: `key` is the dotted path, `message` says what to do."""

    key: str
    message: str


@dataclass(slots=True)
class Merged:
    """The full document after a change, and what of the change was left out."""

    document: Document
    warnings: list[str] = field(default_factory=list)


def split(full: Document) -> tuple[Document, dict[str, Any]]:
    """Return the masked document and the secrets by dotted path."""
    masked = copy.deepcopy(full)
    secrets: dict[str, Any] = {}
    for path, holder, key in _secret_places(masked):
        secrets[path] = holder[key]
        holder[key] = MASK
    for name in _URL_FIELDS:
        url = masked.get(name)
        if isinstance(url, str) and _USERINFO.search(url):
            secrets[name] = url
            masked[name] = _USERINFO.sub(_mask_userinfo, url)
    values = [header.get("value") for header in masked.get(_HEADERS) or ()]
    if any(values):
        secrets[_HEADERS] = values
        for header in masked[_HEADERS]:
            if header.get("value"):
                header["value"] = MASK
    return masked, secrets


def join(masked: Document, secrets: dict[str, Any]) -> Document:
    """Put secrets back in their places: the inverse of `split`."""
    full = copy.deepcopy(masked)
    for path, value in secrets.items():
        if path == _HEADERS:
            for header, secret in zip(full[_HEADERS], value, strict=True):
                if secret:
                    header["value"] = secret
            continue
        *parents, key = path.split(".")
        holder = full
        for parent in parents:
            holder = holder[parent]
        holder[key] = value
    return full


def merge(stored: Document, change: Document) -> Merged:
    """Apply a change (the body of a PUT) to a full document.

    Fields not sent stay, null or empty ones are cleared, blocks follow `_merge_block`.
    """
    result = Merged(copy.deepcopy(stored))
    for name, value in change.items():
        if name in BLOCKS:
            _merge_block(result, name, value)
        elif value in (None, "", []):
            result.document.pop(name, None)
        else:
            result.document[name] = copy.deepcopy(value)
    if PUBLIC_HOSTS not in change and _names_servers(change):
        result.document.pop(PUBLIC_HOSTS, None)
    if "webhooks" in change:
        result.document.pop(OWN_RECEIVER, None)
    return result


def _names_servers(change: Document) -> bool:
    """Say whether a change names a server, or a provider, which comes with servers."""
    named = (("imap", "host"), ("smtp", "host"), ("oauth2", "provider"))
    return any((change.get(block) or {}).get(key) for block, key in named)


def _merge_block(result: Merged, name: str, value: Any) -> None:
    """Replace a block, or merge into it.

    `partial` merges the named fields. A block that does not say which server (or provider) it is for cannot be a
    replacement, so it merges too, `auth` included: that is how passwords are rotated.
    """
    if value is False or value is None:
        result.document.pop(name, None)
        return
    sent = {key: item for key, item in copy.deepcopy(value).items() if key != "partial"}
    stored = result.document.get(name)
    identity = "provider" if name == "oauth2" else "host"
    is_partial = bool(value.get("partial"))
    if is_partial and stored:
        auth = _partial_auth(stored.get("auth"), sent.get("auth"))
        result.document[name] = {**stored, **sent, **({"auth": auth} if auth is not None else {})}
    elif sent.get(identity) or sent.get("authorize"):
        result.document[name] = sent
    elif stored:
        merged = {**stored, **sent}
        if sent.get("auth"):
            merged["auth"] = _rotated_auth(stored.get("auth") or {}, sent["auth"])
        result.document[name] = merged
    else:
        result.warnings.append(
            f"{name}: left out, because the account has no {name} settings and the block names no {identity}"
        )


def _rotated_auth(stored: Document, sent: Document) -> Document:
    """Merge credentials; a password takes the place of an access token, and the other way round."""
    merged = {**stored, **sent}
    for kind, other in (("pass", "accessToken"), ("accessToken", "pass")):
        if sent.get(kind) and not sent.get(other):
            merged.pop(other, None)
    return merged


def _partial_auth(stored: Any, sent: Any) -> Any:
    """`partial` takes `auth` as one value; only a user that was not named again is kept."""
    if not isinstance(sent, dict):
        return None
    if "user" not in sent and isinstance(stored, dict) and "user" in stored:
        return {"user": stored["user"], **sent}
    return sent


def find_masked(change: Document) -> list[Problem]:
    """Find placeholders that a caller read from GET and sent back: they must never become the password."""
    found = [
        Problem(path, f'"{path}" is the placeholder {MASK}, not a secret: send the secret, or leave the field out')
        for path, holder, key in _secret_places(change)
        if holder[key] == MASK
    ]
    for name in _URL_FIELDS:
        url = change.get(name)
        if isinstance(url, str) and any(MASK in part for part in _USERINFO.findall(url)):
            found.append(Problem(name, f'"{name}" holds the placeholder {MASK} instead of the user name or password'))
    for index, header in enumerate(change.get(_HEADERS) or []):
        if header.get("value") == MASK:
            found.append(Problem(f"{_HEADERS}.{index}.value", f"the header value is the placeholder {MASK}"))
    return found


def sent_problems(change: Document) -> list[Problem]:
    """Find what must not be sent, whatever is stored: placeholders, and two secrets for one sign-in."""
    found = find_masked(change)
    for name in ("imap", "smtp"):
        auth = (change.get(name) or {}).get("auth") or {}
        if auth.get("pass") and auth.get("accessToken"):
            path = f"{name}.auth.accessToken"
            found.append(Problem(path, f'"{path}" takes the place of "{name}.auth.pass": send one of them'))
    return found


def registration_problems(body: Document) -> list[Problem]:
    """Find what only a registration must say: which protocol to receive with, or `imap: false` for sending alone."""
    imap, smtp, oauth2 = (body.get(block) for block in BLOCKS)
    if isinstance(imap, dict) or isinstance(oauth2, dict) or (imap is False and isinstance(smtp, dict)):
        return []
    return [Problem("imap", "either imap or oauth2 is required; for a send-only account, imap: false with smtp")]


def new_problems(body: Document) -> list[Problem]:
    """Find everything that is wrong with the body of a registration, each field once."""
    found: dict[str, Problem] = {}
    for problem in (*sent_problems(body), *registration_problems(body), *problems(body)):
        found.setdefault(problem.key, problem)
    return list(found.values())


def unstorable(body: Document) -> list[Problem]:
    """Find names that no database column can hold: NUL, or half of a surrogate pair."""
    pairs = body.get("metadata") or {}
    texts = {"account": body.get("account"), "name": body.get("name"), "email": body.get("email")}
    texts |= {f"metadata.{name}": f"{name}{value}" for name, value in pairs.items()}
    return [
        Problem(path, f'"{path}" holds a character that is not text (NUL or half a surrogate pair)')
        for path, text in texts.items()
        if isinstance(text, str) and not is_storable(text)
    ]


def is_storable(text: str) -> bool:
    """Say whether every database takes this text."""
    return _UNSTORABLE.search(text) is None


def problems(full: Document) -> list[Problem]:
    """Find what is missing for the document to work; every problem, not only the first."""
    found: list[Problem] = []
    if not any(isinstance(full.get(block), dict) for block in BLOCKS):
        found.append(Problem("imap", "at least one of imap, smtp and oauth2 is required"))
    for name in ("imap", "smtp"):
        block = full.get(name)
        if isinstance(block, dict) and not block.get("disabled"):
            found.extend(_block_problems(name, block, has_oauth2=bool(full.get("oauth2"))))
    oauth2 = full.get("oauth2")
    if isinstance(oauth2, dict):
        found.extend(_oauth2_problems(oauth2))
    return found


def _block_problems(name: str, block: Document, *, has_oauth2: bool) -> Iterator[Problem]:
    for key in ("host", "port"):
        if not block.get(key):
            yield Problem(f"{name}.{key}", f'"{name}.{key}" is required')
    auth = block.get("auth") or {}
    if block.get("useAuthServer"):
        if auth:
            yield Problem(f"{name}.auth", f'"{name}.auth" must be left out when useAuthServer is true')
        return
    if not auth:
        if not has_oauth2:
            yield Problem(f"{name}.auth", f'"{name}.auth" is required')
        return
    if not auth.get("user"):
        yield Problem(f"{name}.auth.user", f'"{name}.auth.user" is required')
    if not auth.get("pass") and not auth.get("accessToken"):
        yield Problem(f"{name}.auth.pass", f'"{name}.auth.pass" or "{name}.auth.accessToken" is required')


def _oauth2_problems(oauth2: Document) -> Iterator[Problem]:
    if not oauth2.get("provider") and not oauth2.get("useAuthServer"):
        yield Problem("oauth2.provider", '"oauth2.provider" is required')
    auth = oauth2.get("auth") or {}
    if auth.get("delegatedAccount") and not auth.get("delegatedUser"):
        yield Problem("oauth2.auth.delegatedUser", '"oauth2.auth.delegatedUser" is required with delegatedAccount')
    if not (auth.get("user") or auth.get("delegatedAccount")) and not oauth2.get("authorize"):
        yield Problem("oauth2.auth.user", '"oauth2.auth.user" is required')


def needs_new_connection(before: Document, after: Document) -> bool:
    """Say whether a change reaches the mail connection, so that it must be made anew."""
    return any(before.get(name) != after.get(name) for name in CONNECTION_FIELDS)


def account_type(full: Document) -> str:
    """Return the API's `type`: the OAuth2 provider, `delegated`, `imap`, or `sending` for an account without IMAP."""
    oauth2 = full.get("oauth2")
    if oauth2:
        is_borrowing = bool((oauth2.get("auth") or {}).get("delegatedAccount"))
        return "delegated" if is_borrowing else str(oauth2.get("provider") or "oauth2")
    return "imap" if full.get("imap") else "sending"


def oauth2_identity(full: Document) -> str | None:
    """Return what may exist only once: the OAuth2 provider with the user, letters folded."""
    oauth2 = full.get("oauth2")
    user = ((oauth2 or {}).get("auth") or {}).get("user")
    if not oauth2 or not user:
        return None
    mailbox = (oauth2.get("auth") or {}).get("delegatedUser") or user
    return f"{oauth2.get('provider')}\n{str(user).casefold()}\n{str(mailbox).casefold()}"


def _secret_places(document: Document) -> Iterator[tuple[str, Document, str]]:
    for name in BLOCKS:
        block = document.get(name)
        if not isinstance(block, dict):
            continue
        for prefix, holder in ((name, block), (f"{name}.auth", block.get("auth"))):
            if isinstance(holder, dict):
                for key in _SECRET_KEYS:
                    if holder.get(key):
                        yield f"{prefix}.{key}", holder, key


def _mask_userinfo(match: re.Match[str]) -> str:
    return ":".join(MASK if part else "" for part in match.group().split(":", 1))


def uses_oauth2(full: Document, protocol: str = "imap") -> bool:
    """Say whether a protocol signs in with the access token of the `oauth2` block."""
    oauth2, block = full.get("oauth2"), full.get(protocol)
    if not isinstance(oauth2, dict) or not oauth2.get("enabled", True):
        return False
    return not (isinstance(block, dict) and ((block.get("auth") or {}).get("user") or block.get("useAuthServer")))
