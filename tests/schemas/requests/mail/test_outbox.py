"""Requests about the outbox: its filters, a resolution, and a pause."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.requests.mail.outbox import OutboxQuery, Pause, Resolution


def test_every_filter_may_be_left_out() -> None:
    query = OutboxQuery.model_validate({})
    assert (query.account, query.state, query.recipient, query.since, query.until) == ("", None, "", None, None)
    assert (query.page, query.page_size) == (0, 20)


def test_filters_are_read() -> None:
    query = OutboxQuery.model_validate(
        {"state": "unknown", "since": "2026-01-02T03:04:05Z", "recipient": " a@b.example "}
    )
    assert (query.state, query.since, query.recipient) == ("unknown", "2026-01-02T03:04:05.000Z", "a@b.example")


@pytest.mark.parametrize("wrong", [{"state": "lost"}, {"since": "yesterday"}, {"colour": "red"}])
def test_other_filters_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OutboxQuery.model_validate(wrong)


@pytest.mark.parametrize(("sent", "fits"), [("sent", True), ("retry", True), ("failed", False), (None, False)])
def test_an_unknown_outcome_is_sent_or_tried_again(sent: Any, fits: bool) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Resolution)
    if fits:
        assert adapter.validate_python({"as": sent}) == {"as": sent}
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python({"as": sent})


@pytest.mark.parametrize(("sent", "meant"), [(True, True), ("false", False), ("Y", True), (0, False), ("", False)])
def test_a_pause_is_a_switch(sent: Any, meant: bool) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Pause)
    assert adapter.validate_python({"paused": sent}) == {"paused": meant}
    with pytest.raises(ValidationError, match="required"):
        adapter.validate_python({})
