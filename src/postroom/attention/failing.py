"""Judges failing accounts: one need for each reason at each provider. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from postroom.attention.facts import FailingGroup
from postroom.attention.meanings import Meaning, meaning_of
from postroom.attention.need import About, Need, Urgency
from postroom.attention.providers import profile_of, provider_name
from postroom.footprint.dataclass import dataclass

__all__ = ["account_needs", "accounts_at"]

_MOST_PROVIDERS: Final = 4
"""A reason that is met at more providers than this is no provider's. All but the largest are told together."""

_ALONE: Final = 3
_LARGE: Final = 10
_APPLICATION: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_scope"})
# Soundness counts these, with those of other things.
_TOLD_ELSEWHERE: Final = frozenset({"SecretUnreadable"})
_REFUSED: Final = "authenticationError"


@dataclass(frozen=True, slots=True)
class _Cause:
    """One reason at one provider. `provider` is empty if it is not known, `app` if no application is the reason."""

    reason: str
    is_refusal: bool
    provider: str
    app: str = ""


def account_needs(groups: Iterable[FailingGroup]) -> Iterator[Need]:
    """Yield what failing accounts need. Failures that pass by themselves count only once they have lasted."""
    causes: defaultdict[_Cause, list[FailingGroup]] = defaultdict(list)
    meanings: dict[str, Meaning] = {}
    for group in groups:
        reason, meaning = meaning_of(group.code, group.advice, is_refusal=group.is_refusal)
        if reason in _TOLD_ELSEWHERE or not _count(group, meaning):
            continue
        meanings[reason] = meaning
        app = group.type if reason in _APPLICATION else ""
        causes[_Cause(reason, group.is_refusal, provider_name(group.kind, group.host), app)].append(group)
    for cause, members, others in _gathered(causes, meanings):
        yield _need(cause, meanings[cause.reason], members, others)


def _gathered(
    causes: dict[_Cause, list[FailingGroup]], meanings: dict[str, Meaning]
) -> Iterator[tuple[_Cause, list[FailingGroup], int]]:
    """Yield the causes. Small ones with a reason that is met everywhere are one, with the number of its providers."""
    by_reason: defaultdict[tuple[str, bool], list[_Cause]] = defaultdict(list)
    for cause in causes:
        by_reason[cause.reason, cause.is_refusal].append(cause)

    def size(cause: _Cause) -> int:
        return sum(_count(group, meanings[cause.reason]) for group in causes[cause])

    for (reason, is_refusal), met in by_reason.items():
        met.sort(key=size, reverse=True)
        alone = [
            each for at, each in enumerate(met) if len(met) <= _MOST_PROVIDERS or (at < 3 and size(each) >= _LARGE)
        ]
        together = [each for each in met if each not in alone]
        yield from ((cause, causes[cause], 0) for cause in alone)
        if together:
            members = [group for cause in together for group in causes[cause]]
            yield _Cause(reason, is_refusal, ""), members, len(together)


def _need(cause: _Cause, meaning: Meaning, members: Sequence[FailingGroup], others: int) -> Need:
    count = sum(_count(group, meaning) for group in members)
    given_up = sum(group.given_up for group in members)
    largest = max(members, key=lambda group: group.count)
    where = f"{others} providers" if others else cause.provider
    return Need(
        Urgency.SOON if meaning.passes and not given_up else Urgency.NOW,
        f"{accounts_at(count, where, largest.example)} {meaning.words(count)}",
        _cure(cause, largest) + _after(given_up, count),
        _about(cause, count, largest),
        count,
        min((group.since for group in members if group.since is not None), default=None),
        largest.said,
    )


def _count(group: FailingGroup, meaning: Meaning) -> int:
    return max(group.lasting, group.given_up) if meaning.passes else group.count


def accounts_at(count: int, where: str, example: str) -> str:
    """Return so many accounts in words; `where` is empty if that is not known."""
    named = f"The account {example}" if count == 1 else f"{count:,} accounts"
    return f"{named} at {where}" if where else named


def _about(cause: _Cause, count: int, largest: FailingGroup) -> About:
    if cause.app:
        return About("oauth2", cause.app)
    if count == 1:
        return About("account", largest.example, state=_REFUSED if cause.is_refusal else None)
    state = _REFUSED if cause.is_refusal else "connectError"
    return About("accounts", provider=cause.provider or None, state=state)


def _cure(cause: _Cause, group: FailingGroup) -> str:
    """Return the advice; for an app password, how to get one at this provider."""
    profile = profile_of(group.kind, group.host) if cause.reason == "APPPASSWORD" and cause.provider else None
    if profile is not None and profile.app_password is not None:
        return profile.app_password.instructions
    return group.advice or "Look at the words of the server."


def _after(given_up: int, count: int) -> str:
    if not given_up:
        return ""
    which = "It is" if count == 1 else "They are" if given_up == count else f"{given_up:,} of them are"
    return f" {which} not tried any more: after the repair, send new credentials or press Reconnect."
