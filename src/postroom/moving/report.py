"""The report of a plan: for people as lines, for programs as a document. It has no secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypedDict

from postroom.moving.plan import Fate, MovePlan, Remark, RemarkKind
from postroom.words.strangers import harmless

__all__ = ["MoveReport", "ReportedRemark", "report_document", "report_lines"]

_NAMED: Final = 5
_TITLES: Final[Mapping[RemarkKind, str]] = {
    RemarkKind.PERSON: "A person must do something",
    RemarkKind.LOST: "No counterpart in Postroom",
    RemarkKind.DIFFERS: "Works in another way",
}
_FATES: Final[Mapping[Fate, str]] = {
    Fate.GOES: "to be registered",
    Fate.THERE: "in Postroom already",
    Fate.WAITS: "waiting for a person",
    Fate.STAYS: "without a counterpart",
}


class ReportedRemark(TypedDict):
    """One remark with the accounts that it is about; none when it is about something else."""

    kind: str
    cause: str
    text: str
    accounts: list[str]


class MoveReport(TypedDict):
    """The whole report. `settings` are the names of what is set. `accounts` and `apps` are the ids by fate."""

    settings: list[str]
    apps: dict[str, list[str]]
    accounts: dict[str, list[str]]
    remarks: list[ReportedRemark]


def report_document(plan: MovePlan) -> MoveReport:
    """Return the report for programs."""
    return {
        "settings": sorted(plan.settings),
        "apps": _by_fate((each.fate, each.app) for each in plan.apps),
        "accounts": _by_fate((each.fate, each.account) for each in plan.accounts),
        "remarks": [
            {"kind": remark.kind, "cause": remark.cause, "text": remark.text, "accounts": list(accounts)}
            for remark, accounts in _gathered(plan).items()
        ],
    }


def report_lines(plan: MovePlan) -> list[str]:
    """Return the report for people, one line each, without a line break. Names of others cannot steer a terminal."""
    found = report_document(plan)
    lines = [
        f"Settings: {len(found['settings'])} to be set" + (f" ({', '.join(found['settings'])})" * bool(plan.settings)),
        f"OAuth2 applications: {_counted(found['apps'])}",
        f"Accounts: {_counted(found['accounts'])}",
    ]
    for kind, title in _TITLES.items():
        remarks = [each for each in found["remarks"] if each["kind"] == kind]
        if remarks:
            lines += ["", title, *(line for each in remarks for line in _told(each))]
    return [harmless(line) for line in lines]


def _told(remark: ReportedRemark) -> Iterator[str]:
    if not remark["accounts"]:
        yield f"  {remark['text']}"
        return
    yield f"  {_named(remark['accounts'])}:"
    yield f"    {remark['text']}"


def _named(accounts: Sequence[str]) -> str:
    count = "1 account" if len(accounts) == 1 else f"{len(accounts)} accounts"
    more = len(accounts) - _NAMED
    names = ", ".join(accounts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{count}, {names}"


def _counted(by_fate: Mapping[str, Sequence[str]]) -> str:
    parts = [f"{len(by_fate[fate])} {words}" for fate, words in _FATES.items() if by_fate[fate]]
    return ", ".join(parts) or "none"


def _by_fate(pairs: Iterable[tuple[Fate, str]]) -> dict[str, list[str]]:
    sorted_out: dict[str, list[str]] = {str(fate): [] for fate in Fate}
    for fate, name in pairs:
        sorted_out[fate].append(name)
    return sorted_out


def _gathered(plan: MovePlan) -> dict[Remark, list[str]]:
    """Return every remark once, those of the accounts with their accounts."""
    gathered: dict[Remark, list[str]] = {remark: [] for remark in plan.remarks}
    gathered |= {remark: [] for app in plan.apps for remark in app.remarks}
    for account in plan.accounts:
        for remark in account.remarks:
            gathered.setdefault(remark, []).append(account.account)
    return gathered
