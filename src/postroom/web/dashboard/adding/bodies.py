"""Makes the body of a registration, or of a change, from the fields of the form. Pure.

Only what differs from the stored account is sent. A block (`imap`, `smtp`, `oauth2`) with a difference is sent whole:
the stored one, with its secrets, and the differences put into it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Final

from postroom.accounts.settings.shapes import BLOCKS, Document
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.adding.fields import FIELDS, SERVERS, at
from postroom.web.dashboard.adding.lines import HEADERS, METADATA, is_line
from postroom.words.masking import MASK

__all__ = ["FormDifferences", "change_of", "wanted"]

_EMPTY: Final[Mapping[str, object]] = {"path": [], "subconnections": [], HEADERS: [], METADATA: {}}
_ALWAYS: Final = frozenset({"account", "name"})
_USED: Final = "1"


@dataclass(slots=True)
class FormDifferences:
    """The differences between a form and an account. `sent` is still to be checked; `cleared` are dotted paths.

    `ended` are blocks that are taken away.
    """

    sent: Document = field(default_factory=dict, repr=False)
    cleared: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)

    def put(self, path: str, value: object) -> None:
        """Send a value."""
        *parents, last = path.split(".")
        holder = self.sent
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[last] = value


def wanted(texts: Mapping[str, str], before: Mapping[str, str], stored: Document) -> FormDifferences:
    """Return the differences between a form and the account that it is about, or no account.

    `before` are the texts that stand for `stored`, which has the secrets.
    """
    found = FormDifferences()
    texts = {**texts, **_for_smtp(texts, stored)}
    before = {**before, **_for_smtp(before, stored)}
    _take_oauth2(found, texts, before, stored)
    has_oauth2 = bool(found.sent.get("oauth2")) or ("oauth2" in stored and "oauth2" not in found.ended)
    for name in SERVERS:
        _take_server(found, name, texts, before, stored, has_oauth2=has_oauth2)
    for name in FIELDS:
        if "." not in name and (texts[name] != before[name] or (not stored and name in _ALWAYS)):
            _take(found, name, texts[name])
    return found


def change_of(typed: Document, found: FormDifferences, stored: Document) -> Document:
    """Return the body to send: `typed` are the checked values of `found.sent`."""
    change: Document = {name: value for name, value in typed.items() if name not in BLOCKS}
    for path in found.cleared:
        if "." not in path:
            change[path] = _EMPTY.get(path)
    for name in BLOCKS:
        if name in found.ended:
            change[name] = False
        elif name in typed or any(path.startswith(f"{name}.") for path in found.cleared):
            change[name] = _block(name, typed.get(name) or {}, found.cleared, stored)
    if HEADERS in change:
        change[HEADERS] = _with_stored_values(change[HEADERS], stored.get(HEADERS) or [])
    if METADATA in change:
        odd = {name: value for name, value in (stored.get(METADATA) or {}).items() if not is_line(name, value)}
        change[METADATA] = {**odd, **change[METADATA]}
    return change


def _for_smtp(texts: Mapping[str, str], stored: Document) -> dict[str, str]:
    """Return the user and password for sending, where they are those for receiving."""
    if not texts["smtp.used"] or texts["smtp.useAuthServer"]:
        return {}
    user, password = texts["smtp.auth.user"], texts["smtp.auth.pass"]
    if not password and user in ("", texts["imap.auth.user"]) and _have_one_secret(stored):
        password = texts["imap.auth.pass"]
    return {"smtp.auth.user": user or texts["imap.auth.user"], "smtp.auth.pass": password}


def _have_one_secret(stored: Document) -> bool:
    """Say whether both servers have the same password now, or sending has none."""
    ours = at(stored, "smtp.auth.pass")
    return ours is None or ours == at(stored, "imap.auth.pass")


def _take(found: FormDifferences, path: str, text: str) -> None:
    if text or path in _ALWAYS:
        found.put(path, FIELDS[path].send(text) if text else (None if path == "account" else text))
    else:
        found.cleared.add(path)


def _take_fields(
    found: FormDifferences, name: str, texts: Mapping[str, str], before: Mapping[str, str], stored: Document
) -> None:
    """Take the fields of a block that differ; all of them if there is no such block yet."""
    for path in FIELDS:
        if path.startswith(f"{name}.") and (name not in stored or texts[path] != before[path]):
            _take(found, path, texts[path])


def _take_oauth2(found: FormDifferences, texts: Mapping[str, str], before: Mapping[str, str], stored: Document) -> None:
    is_named = any(texts[path] for path in FIELDS if path.startswith("oauth2.") and path != "oauth2.enabled")
    if is_named:
        _take_fields(found, "oauth2", texts, before, stored)
    elif "oauth2" in stored:
        found.ended.add("oauth2")


def _take_server(
    found: FormDifferences,
    name: str,
    texts: Mapping[str, str],
    before: Mapping[str, str],
    stored: Document,
    *,
    has_oauth2: bool,
) -> None:
    is_used = texts[f"{name}.used"] == _USED
    if not is_used and not texts[f"{name}.host"]:
        if name in stored:
            found.ended.add(name)
        return
    is_filled = any(texts[f"{name}.{part}"] for part in ("host", "auth.user", "auth.pass", "useAuthServer"))
    if has_oauth2 and not is_filled and name not in stored:
        # The application knows the server.
        return
    _take_fields(found, name, texts, before, stored)
    if texts[f"{name}.useAuthServer"]:
        _without_auth(found, name)
    if is_used:
        found.cleared |= {f"{name}.disabled"} if at(stored, f"{name}.disabled") else set()
    else:
        found.put(f"{name}.disabled", True)
    if name not in stored or texts[f"{name}.security"] != before[f"{name}.security"]:
        _take_security(found, name, texts[f"{name}.security"])
    if name not in stored:
        found.sent.setdefault(name, {})


def _without_auth(found: FormDifferences, name: str) -> None:
    found.sent.get(name, {}).pop("auth", None)
    found.cleared.add(f"{name}.auth")


def _take_security(found: FormDifferences, name: str, security: str) -> None:
    found.put(f"{name}.secure", security not in ("starttls", "none"))
    if security == "none":
        found.put(f"{name}.tls.allowPlaintext", True)
    else:
        found.cleared.add(f"{name}.tls.allowPlaintext")


def _block(name: str, typed: Document, cleared: set[str], stored: Document) -> Document:
    """Return a stored block with the values that were sent, and without those that were cleared."""
    block: Document = {key: value for key, value in copy.deepcopy(stored.get(name) or {}).items() if value is not None}
    for path in sorted(cleared):
        block_name, _, inner = path.partition(".")
        if block_name == name and inner:
            _remove(block, inner.split("."))
    _merge(block, typed)
    if at(typed, "auth.pass"):
        block["auth"].pop("accessToken", None)
    return {key: value for key, value in block.items() if value != {}}


def _remove(block: Document, path: list[str]) -> None:
    *parents, last = path
    holder: Any = block
    for parent in parents:
        holder = holder.get(parent)
        if not isinstance(holder, dict):
            return
    holder.pop(last, None)


def _merge(block: Document, typed: Document) -> None:
    for key, value in typed.items():
        if isinstance(value, dict) and isinstance(block.get(key), dict):
            _merge(block[key], value)
        else:
            block[key] = value


def _with_stored_values(headers: list[Document], stored: list[Document]) -> list[Document]:
    """Return headers in which a mask stands for the stored value of the same name."""
    return list(_headers(headers, {each.get("key"): each.get("value") for each in stored}))


def _headers(headers: list[Document], values: Mapping[Any, Any]) -> Iterator[Document]:
    for each in headers:
        is_masked = each.get("value") == MASK and values.get(each["key"])
        yield {**each, "value": values[each["key"]]} if is_masked else each
