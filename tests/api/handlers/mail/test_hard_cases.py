"""Hard mail that programs really send, as the route of one message shows it: from a real Dovecot."""

from __future__ import annotations

from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.hard_cases import CASES, whole
from tests.api.handlers.mail.read_mail import LiveMailbox, read_text
from tests.live.dovecot import Dovecot


async def test_hard_mail_shows_what_its_reader_should_see(client: Client, dovecot: Dovecot) -> None:
    await connect(client, dovecot.port, "hard-cases")
    box = LiveMailbox(client, dovecot, "hard-cases")
    wrong = []
    for name, case in CASES.items():
        message = await box.told(whole(case))
        text = message["text"]
        files = tuple((each["contentType"], each.get("filename")) for each in message.get("attachments", ()))
        found = (text.get("plain"), text.get("html"), files, text["hasMore"])
        if found != (case.plain, case.html, case.files, False):
            wrong.append(f"{name}\n  found    {found}\n  expected {(case.plain, case.html, case.files, False)}")
    assert not wrong, "\n".join(wrong)


async def test_plain_text_alone_comes_from_the_html_if_its_own_part_is_blank(client: Client, dovecot: Dovecot) -> None:
    await connect(client, dovecot.port, "blank-part")
    box = LiveMailbox(client, dovecot, "blank-part")
    for case in (CASES["an empty text beside HTML"], CASES["a blank text beside HTML"]):
        message = await box.told(whole(case), textType="plain")
        assert (message["text"]["plain"], "html" in message["text"]) == ("html words", False)
        assert (await read_text(client, message["text"]["id"], textType="plain")).body["plain"] == "html words"
        assert (await read_text(client, message["text"]["id"], textType="new")).body["new"] == "html words"
