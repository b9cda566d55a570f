"""The form for a new API token: its inputs, and the body of the API that it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from postroom.access.tokens import ACTIONS, GROUPS, SCOPES
from postroom.schemas.requests.tokens import NewToken
from postroom.web.dashboard.inputs.made import FormInput, InputKind, described, input_for
from postroom.web.dashboard.inputs.read import SentBody, body_of

__all__ = ["BOXES", "asked_token", "token_inputs"]

_FIRST: Final = {"description": InputKind.TEXT, "account": InputKind.TEXT, "expires": InputKind.MOMENT}
_FURTHER: Final = {
    "restrictions.addresses": InputKind.LINES,
    "restrictions.referrers": InputKind.LINES,
    "restrictions.rateLimit.maxRequests": InputKind.TEXT,
    "restrictions.rateLimit.timeWindow": InputKind.TEXT,
    "metadata": InputKind.CODE,
}
_LABELS: Final = {
    "restrictions.rateLimit.maxRequests": "Most requests",
    "restrictions.rateLimit.timeWindow": "Time for these, in seconds",
    "expires": "Expires (UTC)",
    "metadata": "Metadata (JSON)",
}
BOXES: Final[Mapping[str, tuple[str, ...]]] = {
    "scopes": SCOPES,
    "permissions.actions": ACTIONS,
    "permissions.groups": GROUPS,
}
"""The lists that are ticked, and what there is to tick."""


def token_inputs(sent: Mapping[str, str] | None = None) -> tuple[list[FormInput], list[FormInput]]:
    """Return the inputs that most tokens need, and the further ones, with what was sent."""
    return _inputs(_FIRST, sent or {}), _inputs(_FURTHER, sent or {})


def _inputs(kinds: Mapping[str, InputKind], sent: Mapping[str, str]) -> list[FormInput]:
    fields = described(NewToken)
    made = [input_for(fields[name], kind, _LABELS.get(name, "")) for name, kind in kinds.items()]
    return [replace(each, value=sent.get(each.name, ""), required=each.name == "description") for each in made]


def asked_token(form: Mapping[str, str], ticked: Mapping[str, Sequence[str]]) -> SentBody:
    """Return the body that the form asks for. A list without a tick is left out."""
    first, further = token_inputs()
    body = body_of([*first, *further], form, blanks=False)
    if ticked.get("scopes"):
        body["scopes"] = list(ticked["scopes"])
    narrow = {
        name: list(ticked[f"permissions.{name}"]) for name in ("actions", "groups") if ticked.get(f"permissions.{name}")
    }
    if narrow:
        body["permissions"] = narrow
    return body
