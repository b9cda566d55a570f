"""What a screen gets."""

from __future__ import annotations

from starlette.requests import Request

from postroom.access.admins.model import AdminSession
from postroom.web.dashboard.desk import DeskVisit, Visitor

VISITOR = Visitor("admin", "the-form-token", AdminSession("id", "admin", "password", 0, 0, None, ""))


def test_the_token_of_forms_is_not_printed() -> None:
    assert "the-form-token" not in repr(VISITOR)


def test_whether_a_part_is_wanted() -> None:
    for headers, wanted in (([], False), ([(b"hx-request", b"true")], True), ([(b"hx-request", b"1")], False)):
        request = Request({"type": "http", "method": "GET", "path": "/", "headers": headers})
        assert DeskVisit(request, VISITOR).wants_part is wanted
