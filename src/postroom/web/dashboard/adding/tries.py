"""What mail servers said when settings were tried, as steps for people, with the cure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from postroom.connections.failures import NO_TURN, Failure
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.verify import SignInReport
from postroom.web.sign_in.causes import cause_of, field_of

__all__ = ["TryLine", "TryResult", "all_worked", "blamed", "result_of"]

_DOING: Final = {
    "dns": "The name of the server",
    "connect": "The connection",
    "tls": "Encryption",
    "greeting": "The greeting",
    "login": "The sign-in",
    "select": "The folders",
    "send": "Sending",
}
_FIELDS: Final = {"user": "auth.user", "password": "auth.pass"}
_ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "tls": ("dns", "connect", "tls", "greeting", "login"),
    "starttls": ("dns", "connect", "greeting", "tls", "login"),
    "none": ("dns", "connect", "greeting", "login"),
}


@dataclass(frozen=True, slots=True)
class TryLine:
    """One step: what was done, and how it ended. `said` are the server's words, `advice` the cure."""

    title: str
    worked: bool
    said: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class TryResult:
    """The answer of one server. `code` is the server's, or that of the system."""

    protocol: str
    purpose: str
    address: str
    worked: bool
    lines: tuple[TryLine, ...]
    code: str = ""


def all_worked(reports: Iterable[SignInReport]) -> bool:
    """Say whether every server accepted the sign-in."""
    return all(report.success for report in reports)


def result_of(report: SignInReport, security: str = "", *, has_password: bool = True) -> TryResult:
    """Return a report in steps.

    `security` is how the connection is encrypted, as in the form. Without a password, a token is fetched first, and a
    failure does not tell how far the connection came.
    """
    purpose = "Receiving" if report.protocol == "imap" else "Sending"
    failure = report.failure
    lines = _success(report) if failure is None else _failure(failure, _ORDERS.get(security, ()), has_password)
    address = f"{report.host}:{report.port}" if report.host else ""
    return TryResult(
        report.protocol.upper(),
        purpose,
        address,
        failure is None,
        tuple(lines),
        failure.code if failure is not None else "",
    )


def blamed(reports: Iterable[SignInReport]) -> dict[str, str]:
    """Return the fields that the failures are about, each with a short text."""
    found: dict[str, str] = {}
    for report in reports:
        if report.failure is None:
            continue
        name = field_of(cause_of(report.failure), report.protocol)
        if name is not None:
            path = _FIELDS.get(name) or name.partition("_")[2]
            found[f"{report.protocol}.{path}"] = f"{_short(report)} {report.failure.advice}"
    return found


def _short(report: SignInReport) -> str:
    refused = report.failure is not None and report.failure.kind == "authentication"
    return "The sign-in was refused." if refused else "The connection failed."


def _success(report: SignInReport) -> Iterator[TryLine]:
    yield TryLine("The server answers", True, report.greeting)
    yield TryLine("It accepts the sign-in", True)


def _failure(failure: Failure, order: tuple[str, ...], has_password: bool) -> Iterator[TryLine]:
    if has_password and failure.code not in NO_TURN and failure.phase in order:
        for phase in order[: order.index(failure.phase)]:
            yield TryLine(_DOING[phase], True)
    yield TryLine(_DOING.get(failure.phase, failure.phase), False, failure.response, failure.advice)
