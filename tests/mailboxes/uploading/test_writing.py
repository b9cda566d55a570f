"""What drafts take from other messages, and who writes them by default."""

from __future__ import annotations

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.mail.composing.draft import Draft, Enclosure
from postroom.mailboxes.uploading.writing import Writing, composed
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits


async def test_the_own_address_is_that_of_the_account(visits: MailVisits) -> None:
    row = (await visits.borrowing.accounts.get("a")).row
    own = await Writing(visits).own("a")
    assert (own.address, own.name) == (row.email or "a", row.name)
    with pytest.raises(AccountNotFound):
        await Writing(visits).own("nobody")


async def test_a_draft_that_refers_to_nothing_stays_as_it_is(visits: MailVisits) -> None:
    writing = Writing(visits)
    own = await writing.own("a")
    draft = Draft(own, text="Hi")
    assert await writing.completed("a", draft, own, TimeAllowed.after(5.0)) == (draft, None)


async def test_a_large_message_is_written_like_a_small_one(visits: MailVisits) -> None:
    writing = Writing(visits, clock=lambda: 0, random=lambda: "r7")
    draft = Draft(await writing.own("a"), enclosures=(Enclosure(b"x" * 3_000_000),))
    done = await composed(draft, writing.stamp())
    assert done.octets.count(b"\r\n") > 50_000
    assert done.message_id.startswith("<r7@")
