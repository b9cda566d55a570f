"""What is wrong with a message that cannot be sent, each problem with the field of the request. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["InvalidSubmission", "SubmissionProblem"]


@dataclass(frozen=True, slots=True)
class SubmissionProblem:
    """One problem. `key` is the dotted path of a field of the request, such as `to.0.address`; `message` follows it."""

    key: str
    message: str


class InvalidSubmission(Permanent):
    """The request is understood, and no message that can be sent comes of it. `problems` names every reason."""

    code = "InvalidInput"

    def __init__(self, problems: Sequence[SubmissionProblem]) -> None:
        super().__init__("; ".join(f'"{each.key}" {each.message}' for each in problems))
        self.problems = tuple(problems)
