"""The error about a message that cannot be sent."""

from __future__ import annotations

from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem


def test_every_problem_is_named() -> None:
    problems = [SubmissionProblem("to", "is required"), SubmissionProblem("subject", "must not hold a line break")]
    error = InvalidSubmission(problems)
    assert error.message == '"to" is required; "subject" must not hold a line break'
    assert (error.problems, error.code) == (tuple(problems), "InvalidInput")
