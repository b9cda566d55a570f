"""Errors as pages."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.errors import OutcomeUnknown, Permanent, StorageUnavailable
from postroom.submission.outbox.model import SubmissionNotFound
from postroom.web.dashboard.faults import fault_page
from postroom.web.errors import FormRefused, FormTooLarge, MethodUnknown, NoSuchPage

REQUEST = Request({"type": "http", "method": "GET", "path": "/x", "headers": []})


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoSuchPage("x"), 404),
        (SubmissionNotFound(), 404),
        (MethodUnknown("x"), 405),
        (FormRefused("x"), 403),
        (FormTooLarge("x"), 413),
        (StorageUnavailable("x"), 503),
        (OutcomeUnknown("x"), 503),
        (Permanent("The account is busy."), 400),
        (KeyError("inner workings"), 500),
    ],
)
async def test_each_error_has_its_status_and_a_way_on(error: Exception, status: int) -> None:
    response = await fault_page(REQUEST, error)
    text = bytes(response.body).decode()
    assert response.status_code == status
    assert '<a class="button" href="/">' in text
    assert "inner workings" not in text
    assert ("retry-after" in response.headers) == (status == 503)


async def test_an_error_for_people_is_shown_and_escaped() -> None:
    text = bytes((await fault_page(REQUEST, Permanent("<b>busy</b>"))).body).decode()
    assert "&lt;b&gt;busy&lt;/b&gt;" in text


async def test_a_fault_of_ours_has_a_number_that_the_log_has_too(capfd: pytest.CaptureFixture[str]) -> None:
    text = bytes((await fault_page(REQUEST, KeyError("inner workings"))).body).decode()
    number = text.partition("<code>")[2].partition("</code>")[0]
    assert len(number) == 8
    assert number in capfd.readouterr().err
