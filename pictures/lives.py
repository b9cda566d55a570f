"""What happened to the invented accounts: the steps that their runners would have reported, oldest first. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pictures.people import PEOPLE, STAR, Invented
from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import Counted, SyncTold
from postroom.accounts.lifecycle import Trigger
from postroom.accounts.model import Report
from postroom.clock import iso
from postroom.connections.failure_rules import RULES

__all__ = ["HOUR", "MINUTE", "life_of"]

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE

_APP_PASSWORD: Final = (
    "[AUTHENTICATIONFAILED] Application-specific password required: https://kestrel.example/help/app-passwords"
)
_BUSY: Final = "[UNAVAILABLE] Service is temporarily unavailable, please try again later"
_WANT_APP_PASSWORD: Final = frozenset(each.account for each in PEOPLE[1:6])
_UNREACHABLE: Final = "imap.larkpost.example"
_SYNCING: Final = "goran.ilic"
_CONNECTING: Final = "jana.dvorak"
_STAR_LOST_AT: Final = 7 * HOUR + 20 * MINUTE
_CAPABILITIES: Final = (
    *("AUTH=PLAIN", "CONDSTORE", "ENABLE", "ESEARCH", "ID", "IDLE", "IMAP4rev1", "LIST-STATUS", "LITERAL+", "MOVE"),
    *("NAMESPACE", "NOTIFY", "QRESYNC", "SASL-IR", "SPECIAL-USE", "UIDPLUS", "UNSELECT"),
)


def life_of(person: Invented, now: int, spread: int) -> Iterator[Report]:
    """Yield the steps of an account. `spread` are milliseconds by which it differs from the others."""
    begin = now - 30 * HOUR + spread
    if person.account == _CONNECTING:
        yield Report(Trigger.ATTEMPT, now - 2_000, "Registered")
        return
    yield Report(Trigger.ATTEMPT, begin, "The process started")
    yield Report(Trigger.SIGNED_IN, begin + 700, "Signed in", user=person.email, server=_server(person))
    if person.account == _SYNCING:
        yield Report(Trigger.FAILED, begin + 900, "The connection was lost", error=_error("UNAVAILABLE", _BUSY, begin))
        yield from _first_scan(person, now - 4 * MINUTE)
        return
    yield _in_sync(begin + 2_500)
    if person == STAR:
        yield from _interruption(person, now - _STAR_LOST_AT)
    elif person.account in _WANT_APP_PASSWORD:
        yield from _refusals(now - 3 * HOUR + spread, now + 22 * MINUTE + spread)
    elif person.host == _UNREACHABLE:
        yield from _failures(now - 34 * MINUTE + spread // 60, now + 3 * MINUTE + spread // 60)


def _first_scan(person: Invented, at: int) -> Iterator[Report]:
    yield Report(Trigger.ATTEMPT, at, "Attempt 2")
    scanned = SyncTold(folders=Counted(3, 9), messages=Counted(18_400, 41_250))
    yield Report(Trigger.SIGNED_IN, at + 800, "Signed in", user=person.email, connections=1, sync=scanned)


def _interruption(person: Invented, at: int) -> Iterator[Report]:
    yield Report(Trigger.DROPPED, at, "The server closed the connection")
    yield Report(Trigger.ATTEMPT, at + 2_000, "Attempt 1")
    yield Report(Trigger.FAILED, at + 4_000, "The server is busy", error=_error("UNAVAILABLE", _BUSY, at))
    yield Report(Trigger.ATTEMPT, at + 19 * MINUTE, "Attempt 2")
    yield Report(Trigger.SIGNED_IN, at + 19 * MINUTE + 600, "Signed in", user=person.email)
    yield _in_sync(at + 19 * MINUTE + 1_900)


def _refusals(at: int, next_attempt: int) -> Iterator[Report]:
    refused = _error("APPPASSWORD", _APP_PASSWORD, at)
    mark = f"authentication:login:{refused.code}"
    yield Report(Trigger.DROPPED, at, "The server closed the connection", connections=0)
    for number, later in enumerate((2_000, MINUTE, 6 * MINUTE, 36 * MINUTE), start=1):
        yield Report(Trigger.ATTEMPT, at + later, f"Attempt {number}")
        yield Report(
            Trigger.REFUSED, at + later + 900, "Refused", error=refused, fingerprint=mark, next_attempt=next_attempt
        )


def _failures(at: int, next_attempt: int) -> Iterator[Report]:
    busy = _error("UNAVAILABLE", _BUSY, at)
    yield Report(Trigger.DROPPED, at, "The server closed the connection", connections=0)
    for number, later in enumerate((2_000, 2 * MINUTE, 8 * MINUTE, 20 * MINUTE), start=1):
        yield Report(Trigger.ATTEMPT, at + later, f"Attempt {number}")
        yield Report(
            Trigger.FAILED,
            at + later + 900,
            "The server is busy",
            error=busy,
            fingerprint=f"connection:login:{busy.code}",
            next_attempt=next_attempt,
        )


def _in_sync(at: int) -> Report:
    told = SyncTold(folders=Counted(9, 9), messages=Counted(12_480, 12_480))
    return Report(Trigger.SYNCED, at, "In sync", connections=2, failures=0, sync_time=at, sync=told)


def _server(person: Invented) -> ServerTold:
    domain = person.host.partition(".")[2]
    greeting = f"{person.host} IMAP4rev1 ready"
    return ServerTold(
        greeting, _CAPABILITIES, {"name": domain.partition(".")[0].title(), "version": "4.2"}, None, "TLSv1.3"
    )


def _error(code: str, said: str, at: int) -> LastError:
    rule = next(each for each in RULES if each.code == code)
    return LastError(said, code, "login", iso(at), rule.advice)
