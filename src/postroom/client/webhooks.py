"""Checks that a webhook comes from your Postroom, and returns its event.

    event = verify(request.headers, request.body, "whsec_…")

The signature covers the exact octets of the body, so give them as they came and not parsed.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Final, NotRequired, TypedDict, cast

from postroom.webhooks.endpoints.signing import derive_secret, is_secret, service_signature, standard_signature

__all__ = ["InvalidSignature", "ReceivedEvent", "verify"]

_MOST_SIGNATURES: Final = 16
_LONGEST_STAMP: Final = 16
_ID: Final = "webhook-id"
_TIMESTAMP: Final = "webhook-timestamp"
_SIGNATURE: Final = "webhook-signature"
_SERVICE_SIGNATURE: Final = "x-ee-wh-signature"
_EVENT_ID: Final = "x-ee-wh-event-id"
_WRONG: Final = "the signature is wrong: another secret, or the body was changed on the way"


class InvalidSignature(Exception):
    """The request does not prove that it comes from your Postroom. Answer it with 401 and do nothing else."""


class ReceivedEvent(TypedDict):
    """The event of a webhook. An event may come more than once: `id` is the same then."""

    id: str
    serviceUrl: str | None
    account: str
    date: str
    path: NotRequired[str]
    specialUse: NotRequired[str]
    event: str
    data: Mapping[str, object]


def verify(
    headers: Mapping[str, str],
    body: bytes | str,
    secret: str | Iterable[str],
    *,
    tolerance: float = 300.0,
    legacy: bool = False,
    now: float | None = None,
) -> ReceivedEvent:
    """Return the event of a webhook request whose signature is right. Raises InvalidSignature.

    `secret` is the `whsec_…` of the endpoint; for the webhooks of the settings, the `serviceSecret`. While a secret is
    replaced, give both. The time in the request may differ from this machine's by `tolerance` seconds.

    `legacy` also takes a request that has only `X-EE-Wh-Signature`, as other gateways send it. That signature has no
    time, and covers the body alone: whoever once saw the request can send it again, under another id.
    """
    lower = _lower(headers)
    octets = body.encode() if isinstance(body, str) else bytes(body)
    secrets = [secret] if isinstance(secret, str) else list(secret)
    if not any(secrets):
        raise ValueError("a secret is needed to check a webhook")
    if _SIGNATURE in lower:
        _check_standard(lower, octets, secrets, tolerance, time.time() if now is None else now)
        return _event(octets, lower[_ID])
    if _SERVICE_SIGNATURE not in lower:
        raise InvalidSignature("the request has no signature: it does not come from Postroom, or a proxy removed it")
    if not legacy:
        raise InvalidSignature(
            "the request has only X-EE-Wh-Signature, which whoever saw it can send again: pass legacy=True to take it"
        )
    _check_service(lower[_SERVICE_SIGNATURE], octets, secrets)
    return _event(octets, lower.get(_EVENT_ID, ""))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that matter by their names in lower case. Raises InvalidSignature for one that comes twice."""
    wanted = {_ID, _TIMESTAMP, _SIGNATURE, _SERVICE_SIGNATURE, _EVENT_ID}
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        if key in wanted and found.setdefault(key, value) != value:
            raise InvalidSignature(f"the request has {key} twice, with two values")
    return found


def _check_standard(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], tolerance: float, now: float
) -> None:
    id_, stamp = headers.get(_ID, ""), headers.get(_TIMESTAMP, "")
    if not id_ or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < _LONGEST_STAMP):
        raise InvalidSignature("the request has no valid webhook-id and webhook-timestamp")
    sent = headers[_SIGNATURE].encode(errors="replace").split()[:_MOST_SIGNATURES]
    keys = [each if is_secret(each) else derive_secret(each) for each in secrets if each]
    right = [standard_signature([key], id_, int(stamp), body).encode() for key in keys]
    _compare(right, sent)
    # Last, so that only the real sender learns how far the clocks are apart.
    if abs(now - int(stamp)) > tolerance:
        raise InvalidSignature(
            f"the time of the request is more than {tolerance:g} s from this machine's: "
            "it was sent again by somebody, or a clock is wrong"
        )


def _check_service(sent: str, body: bytes, secrets: Iterable[str]) -> None:
    try:
        right = [service_signature(each, body).encode() for each in secrets if each]
    except ValueError:
        raise InvalidSignature("the body is no JSON object") from None
    _compare(right, [sent.strip().encode(errors="replace")])


def _compare(right: Iterable[bytes], sent: Iterable[bytes]) -> None:
    """Compare all pairs, each in constant time, so that the time tells nothing. Raises InvalidSignature."""
    is_found = False
    for one in right:
        for other in sent:
            is_found |= hmac.compare_digest(one, other)
    if not is_found:
        raise InvalidSignature(_WRONG)


def _event(body: bytes, id_: str) -> ReceivedEvent:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidSignature("the body is no JSON object")
    return cast("ReceivedEvent", {**found, "id": id_})
