"""How an endpoint is, for somebody who must decide whether to act: a tone, a word, and the reason. Pure."""

from __future__ import annotations

from postroom.footprint.dataclass import dataclass
from postroom.web.design.tones import Tone
from postroom.webhooks.model import TargetKind
from postroom.webhooks.views import EndpointView

__all__ = ["EndpointStanding", "name_of", "standing_of"]


@dataclass(frozen=True, slots=True)
class EndpointStanding:
    """`word` is for a badge, `headline` for a page. `said` is the last failure, in the words of the receiver.

    `since` is when it began, `next_at` when the next request is due (milliseconds since 1970).
    """

    tone: Tone
    word: str
    headline: str
    advice: str = ""
    said: str = ""
    since: int | None = None
    next_at: int | None = None


def standing_of(view: EndpointView, now: int) -> EndpointStanding:
    """Return how an endpoint is."""
    said = view.last_error["message"] if view.last_error is not None else ""
    if not view.enabled:
        advice = "Nothing is queued for it. Enable it when the receiver is ready."
        headline = "It was switched off after failures" if said else "It is switched off"
        return EndpointStanding("bad" if said else "idle", "Off", headline, advice, said, view.updated_at)
    if view.config is not None and view.config.unreadable is not None:
        advice = "Edit it: enter the URL and all headers anew. It gets a new signing secret."
        return EndpointStanding("bad", "Unreadable", "Its secrets cannot be opened", advice, view.config.unreadable)
    if view.failing_since is not None:
        return _failing(view, said, now)
    if said:
        return EndpointStanding("wait", "Failed last", "The last request failed", "The next success clears this.", said)
    if view.url is None:
        return EndpointStanding("idle", "No URL", "No URL is set for it", "Nothing is sent to it.")
    return EndpointStanding("ok", "OK", "Nothing is wrong with it")


def _failing(view: EndpointView, said: str, now: int) -> EndpointStanding:
    is_paused = view.paused_until is not None and view.paused_until > now
    advice = "One request at a time tries it. Deliveries wait in their order, and continue when one arrives."
    return EndpointStanding(
        "bad",
        "Paused" if is_paused else "Failing",
        "It pauses after failures" if is_paused else "It fails",
        advice,
        said,
        view.failing_since,
        view.paused_until if is_paused else None,
    )


def name_of(view: EndpointView) -> str:
    """Return what to call an endpoint: its description, or what it is."""
    if view.kind is TargetKind.GLOBAL:
        return "Target of all accounts"
    if view.kind is TargetKind.ACCOUNT:
        return f"Target of the account {account_of(view)}"
    return (view.config.description if view.config is not None else "") or view.id


def account_of(view: EndpointView) -> str:
    """Return the account whose own target this is, empty for other endpoints."""
    return view.id.partition(":")[2] if view.kind is TargetKind.ACCOUNT else ""
