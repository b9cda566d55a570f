"""How a message is to be sent, beside its envelope and its octets: the column `plan` as a value. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.smtp.envelope import NO_DSN, Dsn
from postroom.submission.model import TaskKind

__all__ = ["NO_PLAN", "RepliesTo", "SendingPlan"]

ActionName = Literal["reply", "reply-all", "forward"]


@dataclass(frozen=True, slots=True)
class RepliesTo:
    """The message that this one answers or forwards, by its id."""

    message: str
    action: ActionName


@dataclass(frozen=True, slots=True)
class SendingPlan:
    """How a message is to be sent.

    `copy` overrides the account's rule for a copy in the folder of sent mail, and `sent_folder` its folder. `draft` is
    the id of the stored draft that the message was. `has_proxy`: the sealed secrets hold a proxy of its own.
    `is_eight_bit` and `has_utf8_header` tell what its octets need of a server (RFC 6152, 6531). `trace` is the context
    of the trace that the message was accepted in.
    """

    copy: bool | None = None
    sent_folder: str | None = None
    dsn: Dsn = NO_DSN
    answers: RepliesTo | None = None
    draft: str | None = None
    local_address: str | None = None
    has_proxy: bool = False
    is_eight_bit: bool = False
    has_utf8_header: bool = False
    trace: str = ""

    def what_follows(self, *, copies: bool) -> Iterator[TaskKind]:
        """Return what is left to do once the message was sent. `copies`: it still needs its copy in sent mail."""
        if copies:
            yield TaskKind.COPY
        if self.answers is not None:
            yield TaskKind.MARK
        if self.draft is not None:
            yield TaskKind.DRAFT

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> SendingPlan:
        """Read the stored object."""
        answers, dsn = row.get("answers"), row.get("dsn")
        return cls(
            copy=row.get("copy"),
            sent_folder=row.get("sentFolder"),
            dsn=_dsn(dsn) if dsn else NO_DSN,
            answers=RepliesTo(answers["message"], answers["action"]) if answers else None,
            draft=row.get("draft"),
            local_address=row.get("localAddress"),
            has_proxy=row.get("hasProxy", False),
            is_eight_bit=row.get("isEightBit", False),
            has_utf8_header=row.get("hasUtf8Header", False),
            trace=row.get("trace", ""),
        )

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored; what is as usual is left out."""
        dsn, answers = self.dsn, self.answers
        row: dict[str, object] = {
            "copy": self.copy,
            "sentFolder": self.sent_folder,
            "dsn": _dsn_row(dsn) if dsn != NO_DSN else None,
            "answers": {"message": answers.message, "action": answers.action} if answers else None,
            "draft": self.draft,
            "localAddress": self.local_address,
            "hasProxy": self.has_proxy or None,
            "isEightBit": self.is_eight_bit or None,
            "hasUtf8Header": self.has_utf8_header or None,
            "trace": self.trace or None,
        }
        return {name: value for name, value in row.items() if value is not None}


NO_PLAN: Final = SendingPlan()


def _dsn(row: Mapping[str, Any]) -> Dsn:
    return Dsn(row.get("id"), row.get("return"), tuple(row.get("notify") or ()), row.get("recipient"))


def _dsn_row(dsn: Dsn) -> dict[str, object]:
    return {"id": dsn.id, "return": dsn.returns, "notify": list(dsn.notify), "recipient": dsn.recipient}
