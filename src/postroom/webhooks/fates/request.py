"""The request of a delivery as it may be shown: headers of Postroom as they are, those of others masked. Pure."""

from __future__ import annotations

from dataclasses import field
from typing import Final

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.webhooks.endpoints.targets import USER_AGENT, Target, outgoing
from postroom.webhooks.model import Delivery
from postroom.words.masking import masked

_LONGEST: Final = 64 * 1024
_OURS: Final = frozenset({"webhook-id", "webhook-timestamp", "webhook-signature"})
_LEGACY: Final = "x-ee-wh-"
_USUAL: Final = frozenset({"application/json", USER_AGENT})


@dataclass(frozen=True, slots=True)
class ShownBody:
    """A body made readable, or its beginning; `size` is its length in bytes."""

    text: str = field(repr=False)
    size: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A request: pairs of header and value, and its body."""

    headers: tuple[tuple[str, str], ...]
    body: ShownBody


def request_shown(target: Target, delivery: Delivery, at: int) -> ShownRequest:
    """Return the request for one attempt at a time (milliseconds since 1970), by the settings of now."""
    request = outgoing(target, delivery, at)
    is_legacy = target.service_secret is not None
    headers = [
        (name, value if _is_open(name.lower(), value, is_legacy) else masked(value))
        for name, value in request.headers.items()
    ]
    return ShownRequest(tuple(headers), body_shown(request.body))


def _is_open(name: str, value: str, is_legacy: bool) -> bool:
    """Say whether a header is one of Postroom. An operator may have set one with a name like it."""
    return name in _OURS or value in _USUAL or (is_legacy and name.startswith(_LEGACY))


def body_shown(body: bytes) -> ShownBody:
    """Return a body of JSON, one member in a line, bounded."""
    text = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    return ShownBody(text[:_LONGEST], len(body), len(text) <= _LONGEST)
