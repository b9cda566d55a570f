"""The forms of the run-time settings: their groups, their inputs, and the change that a form asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Final

from postroom.configuration.keys import SERVICE_SECRET, Header, Snapshot, shown
from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.naming import in_words
from postroom.schemas.requests.settings import SettingsChange
from postroom.web.dashboard.inputs.made import FormInput, InputKind, described, input_for
from postroom.web.dashboard.inputs.read import SentBody, lines
from postroom.words.masking import masked

__all__ = ["GROUPS", "NEW_SECRET", "SettingGroup", "change_of", "groups_shown"]

NEW_SECRET: Final = "newServiceSecret"  # noqa: S105 - the name of a box
_HEADERS: Final = "webhooksCustomHeaders"
_LOGS: Final = "logs"

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Webhooks": ("webhooksEnabled", "webhooks", "webhookEvents", _HEADERS, SERVICE_SECRET),
    "New mail": (
        *("notifyText", "notifyTextSize", "notifyHeaders", "notifyAttachments", "notifyAttachmentSize"),
        *("inboxNewOnly", "movedMessages"),
    ),
    "Accounts": ("imapIndexer", "registerExisting", "authServer", "enableOAuthTokensApi"),
    "Sending": ("sendingPaused", "deliveryAttempts", "outboxKeepDays"),
    "Sign-in pages": ("serviceUrl", "pageBrandName", "pageLogoUrl", "locale"),
    "Protocol logs": (_LOGS,),
}
"""The settings by noun."""

_KINDS: Final = {SERVICE_SECRET: InputKind.SECRET, _HEADERS: InputKind.LINES}
_HINTS: Final = {_HEADERS: "Headers of each webhook, such as `X-Team: sales`, one in each line; `******` keeps a value"}


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that belong together; `slug` names the form. `others` are problems that belong to none of its inputs."""

    title: str
    slug: str
    inputs: list[FormInput]
    others: list[str] = field(default_factory=list)


def groups_shown(now: Snapshot, defaults: Snapshot, chosen: frozenset[str]) -> list[SettingGroup]:
    """Return the forms with the settings as they are; each says whether it has its default."""
    found, usual = shown(now), shown(defaults)
    return [
        SettingGroup(
            title,
            title.lower().replace(" ", "-"),
            [each for name in names for each in _inputs(name, found[name], usual[name], name in chosen)],
        )
        for title, names in GROUPS.items()
    ]


def _inputs(name: str, value: object, usual: object, is_chosen: bool) -> Iterator[FormInput]:
    inside = [f"{name}.{each}" for each in value] if isinstance(value, dict) else [name]
    for path in inside:
        part = path.partition(".")[2]
        has = value[part] if isinstance(value, dict) else value
        default = usual[part] if isinstance(usual, dict) else usual
        made = input_for(described(SettingsChange)[path], _KINDS.get(name), in_words(path.replace(".", " ")))
        made = replace(made, hint=_HINTS.get(name, made.hint), required=False)
        if made.kind is InputKind.CHOICE:
            words = dict(made.options).get(_text(default), _text(default))
            made = replace(made, options=(("", f"Default ({words})" if words else "Default"), *made.options[1:]))
        # A choice says "default" by itself, and a secret is never shown.
        is_told = made.kind is not InputKind.SECRET and (is_chosen or made.kind is not InputKind.CHOICE)
        text = _text(has) if is_told else ""
        yield replace(
            made,
            value=text,
            placeholder=_text(default) if made.kind is InputKind.TEXT else "",
            aside=_aside(name, is_chosen),
        )


def _aside(name: str, is_chosen: bool) -> str:
    if name == SERVICE_SECRET:
        return "set; leave it empty to keep it"
    return "set here" if is_chosen else "default"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "\n".join(f"{each['key']}: {each['value']}" if isinstance(each, dict) else str(each) for each in value)
    return str(value)


def change_of(inputs: Sequence[FormInput], form: Mapping[str, str], headers: Sequence[Header]) -> SentBody:
    """Return the settings that a form changes: those that are not as they were when the form was shown.

    `headers` are the stored ones; a value that is still masked stays. None restores the default.
    """
    changes: SentBody = {}
    for each in inputs:
        name, was = each.name, form.get(f"was.{each.name}", "")
        text = form.get(name, was).replace("\r\n", "\n").strip()
        if text == was.replace("\r\n", "\n").strip():
            continue
        changes[name] = _headers(text, headers) if name == _HEADERS else lines(text) if _is_list(each) else text
        changes[name] = changes[name] or None
    if form.get(NEW_SECRET) == "1" and SERVICE_SECRET not in changes:
        changes[SERVICE_SECRET] = None
    return _with_logs(changes, form)


def _is_list(each: FormInput) -> bool:
    return each.kind is InputKind.LINES


def _headers(text: str, stored: Sequence[Header]) -> list[dict[str, str]]:
    known = {header.key: header.value for header in stored}
    found = []
    for line in lines(text):
        key, _, value = (part.strip() for part in line.partition(":"))
        found.append({"key": key, "value": known[key] if key in known and value == masked(known[key]) else value})
    return found


def _with_logs(changes: SentBody, form: Mapping[str, str]) -> SentBody:
    """Return the changes with both parts of `logs` in one object: they are one setting."""
    flat = [name for name in changes if name.startswith(f"{_LOGS}.")]
    if not flat:
        return changes
    parts = {part: form.get(f"{_LOGS}.{part}", "").strip() for part in ("all", "maxLogLines")}
    rest = {name: value for name, value in changes.items() if name not in flat}
    return {**rest, _LOGS: {part: value for part, value in parts.items() if value} or None}
