"""Forms of accounts as a browser without scripts sends them: the fields of a page, and what a person types.

page = text_of(await screen.go_on(desk, visit(form={...})))
form = fields_of(page)                     # everything that the page shows in its fields
await screen.go_on(desk, visit(form=form | {"imap.auth.pass": "secret", "step": "add"}))
"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from postroom.onboarding.autoconfig.servers import UNKNOWN, Found, FoundServer
from postroom.web.dashboard.desk import Desk
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer

USER = "jo@example.test"


class _Fields(HTMLParser):
    """Reads inputs, choices and areas of the form with this id, or of the only form of the content."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._area = ""
        self._select = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "main":
            self._inside = True
        if not self._inside:
            return
        name = given.get("name", "")
        if tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self.found[name] = given["value"]
        elif tag == "input" and name:
            self.found[name] = given.get("value", "")
        elif tag == "textarea":
            self._area, self.found[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or self._select not in self.found):
            self.found[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.found[self._area] += data


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of a page, without its buttons."""
    reader = _Fields()
    reader.feed(page)
    return reader.found


class Searches:
    """A search for servers that finds these."""

    def __init__(self, found: Found = UNKNOWN) -> None:
        self.found = found
        self.asked: list[str] = []

    async def find(self, email: str) -> Found:
        self.asked.append(email)
        return self.found


def finding(desk: Desk, found: Found = UNKNOWN) -> Desk:
    """The services, with a search that finds these servers."""
    search: Any = Searches(found)
    return replace(desk, autoconfig=search)


def found_at(imap: FakeImapServer | None, smtp: FakeSmtpServer | None = None, user: str = USER) -> Found:
    """What a search finds when the mail is here, over STARTTLS."""
    return Found(
        FoundServer(imap.host, imap.port, False, user) if imap is not None else None,
        FoundServer(smtp.host, smtp.port, False, user) if smtp is not None else None,
        "autoconfig",
    )
