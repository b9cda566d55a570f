"""One try of one task, whatever the server says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.tables import accounts
from postroom.submission.afterwards.model import (
    CopyGivenUp,
    CopyStored,
    FoundInSentMail,
    NothingLeft,
    Postponed,
)
from postroom.submission.afterwards.patience import DAY, HOUR
from postroom.submission.model import TaskKind
from postroom.submission.plan import RepliesTo, SendingPlan
from tests.fakes.imap_server import FakeImapServer, answer, drop_during
from tests.submission.afterwards.conftest import FollowedHouse, letter, tried

COPY, MARK, DRAFT, FIND = TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT, TaskKind.FIND
ORIGINAL = b"Message-ID: <old@x>\r\nSubject: old\r\n\r\nold\r\n"
MINUTE = 60_000


# The copy


async def test_the_copy_goes_where_the_message_says(house: FollowedHouse, mail: FakeImapServer) -> None:
    kept = mail.mailbox("u1", "Projects")
    id_ = await house.message(COPY, plan=SendingPlan(sent_folder="Projects"))
    assert await tried(house, id_) == CopyStored("Projects")
    assert [each.content for each in kept.messages] == [letter(1)]


async def test_a_large_message_is_copied_whole(house: FollowedHouse, mail: FakeImapServer) -> None:
    octets = letter(1) + b"x" * 70 + b"\r\n" * 1_300_000
    id_ = await house.message(COPY, octets=octets)
    assert await tried(house, id_) == CopyStored("Sent")
    assert mail.mailbox("u1", "Sent").messages[0].content == octets


@pytest.mark.parametrize(
    ("refusal", "worth"), [("[OVERQUOTA] Full", DAY), ("Not now", HOUR), ("[TOOBIG] Too big", 0), ("[NOPERM] No", 0)]
)
async def test_a_refused_copy_is_tried_again_as_long_as_that_is_worth_it(
    house: FollowedHouse, mail: FakeImapServer, refusal: str, worth: int
) -> None:
    mail.behave(answer("APPEND", tagged=f"NO {refusal}"))
    said = f"The mail server refused APPEND: {refusal.rpartition('] ')[2]}"
    now = now_ms()
    if worth:
        id_ = await house.message(COPY, finished_at=now - worth + 1)
        assert await tried(house, id_, now) == Postponed(now + 5_000, said)
        await house.change(id_, finished_at=now - worth)
        await house.make_due()
    else:
        id_ = await house.message(COPY, finished_at=now)
    assert await tried(house, id_, now) == CopyGivenUp("\\Sent", said)


async def test_without_a_folder_of_sent_mail_there_is_no_copy(house: FollowedHouse) -> None:
    id_ = await house.message(COPY, plan=SendingPlan(sent_folder="Nowhere"))
    assert await tried(house, id_) == CopyGivenUp("Nowhere", "There is no folder 'Nowhere'")


async def test_a_lost_session_is_the_accounts(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.behave(drop_during("APPEND"))
    id_ = await house.message(COPY)
    found = await tried(house, id_, now_ms())
    assert isinstance(found, Postponed)
    assert found.whole_account


async def test_an_account_that_is_down_is_left_alone(house: FollowedHouse) -> None:
    query = sa.update(accounts).values(state="connectError")
    await house.db.write(lambda conn: conn.execute(query) and None)
    id_ = await house.message(COPY)
    now = now_ms()
    found = await tried(house, id_, now)
    assert found == Postponed(now + 30_000, "The account is not connected now (state connectError).", True)


async def test_octets_that_are_gone_make_no_copy(house: FollowedHouse) -> None:
    id_ = await house.message(COPY, size=10**6)
    found = await tried(house, id_)
    assert isinstance(found, CopyGivenUp)
    assert "no longer kept" in found.error


async def test_a_copy_that_is_not_wanted_any_more(house: FollowedHouse, mail: FakeImapServer) -> None:
    id_ = await house.message(COPY)
    await house.change(id_, copied="stored")
    assert await tried(house, id_) == NothingLeft()
    assert not mail.mailbox("u1", "Sent").messages


# The flag


@pytest.mark.parametrize(("action", "flag"), [("reply", "\\Answered"), ("forward", "$Forwarded")])
async def test_the_original_is_marked(house: FollowedHouse, mail: FakeImapServer, action: str, flag: str) -> None:
    original = mail.append("u1", ORIGINAL)
    answers = RepliesTo(await house.id_in("INBOX"), "forward" if action == "forward" else "reply")
    id_ = await house.message(MARK, plan=SendingPlan(answers=answers))
    assert await tried(house, id_) == NothingLeft()
    assert original.flags == {flag}


async def test_an_original_that_is_gone_needs_no_mark(house: FollowedHouse) -> None:
    answers = RepliesTo(await house.id_in("INBOX", 7), "reply")
    id_ = await house.message(MARK, plan=SendingPlan(answers=answers))
    assert await tried(house, id_) == NothingLeft()


async def test_a_flag_that_the_folder_forgets_is_not_tried_again(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", ORIGINAL)
    answers = RepliesTo(await house.id_in("INBOX"), "forward")
    id_ = await house.message(MARK, plan=SendingPlan(answers=answers))
    mail.behave_now(answer("UID STORE", tagged="NO [NOPERM] You may not"))
    assert await tried(house, id_) == NothingLeft()


async def test_a_mark_that_is_refused_for_now_is_tried_again(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", ORIGINAL)
    answers = RepliesTo(await house.id_in("INBOX"), "reply")
    id_ = await house.message(MARK, plan=SendingPlan(answers=answers))
    mail.behave_now(answer("UID STORE", tagged="NO Try later"))
    assert isinstance(await tried(house, id_), Postponed)


# The draft


async def test_a_draft_goes_for_good_when_sent_mail_has_the_message(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", letter(1), "Drafts", {"\\Draft"})
    mail.append("u1", letter(1), "Sent")
    id_ = await house.message(DRAFT, plan=SendingPlan(draft=await house.id_in("Drafts")))
    assert await tried(house, id_) == NothingLeft()
    assert not mail.mailbox("u1", "Drafts").messages
    assert not mail.mailbox("u1", "Trash").messages


async def test_without_a_copy_a_draft_is_moved_to_the_deleted_mail(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", letter(1), "Drafts", {"\\Draft"})
    id_ = await house.message(DRAFT, plan=SendingPlan(draft=await house.id_in("Drafts")))
    assert await tried(house, id_) == NothingLeft()
    assert not mail.mailbox("u1", "Drafts").messages
    assert len(mail.mailbox("u1", "Trash").messages) == 1


async def test_a_draft_that_is_gone_needs_no_removal(house: FollowedHouse) -> None:
    id_ = await house.message(DRAFT, plan=SendingPlan(draft=await house.id_in("Drafts", 9)))
    assert await tried(house, id_) == NothingLeft()


# The search


async def test_an_unknown_message_that_is_not_there_is_looked_for_again(house: FollowedHouse) -> None:
    now = now_ms()
    id_ = await house.message(FIND, state="unknown", attempted_at=now - 10_000)
    assert await tried(house, id_, now) == Postponed(now + MINUTE)
    assert (await house.row(id_)).state == "unknown"


async def test_in_the_end_nobody_looks_any_more(house: FollowedHouse) -> None:
    now = now_ms()
    id_ = await house.message(FIND, state="unknown", attempted_at=now - 3 * DAY)
    assert await tried(house, id_, now) == NothingLeft()


async def test_an_unknown_message_is_found(house: FollowedHouse, mail: FakeImapServer) -> None:
    mail.append("u1", letter(1), "Sent")
    id_ = await house.message(FIND, state="unknown")
    assert await tried(house, id_) == FoundInSentMail(await house.id_in("Sent"))


async def test_a_copy_of_an_earlier_time_proves_nothing(house: FollowedHouse, mail: FakeImapServer) -> None:
    early = datetime.now(UTC) - timedelta(minutes=5)
    mail.mailbox("u1", "Sent").append(letter(1), received=early)
    id_ = await house.message(FIND, state="unknown")
    assert isinstance(await tried(house, id_), Postponed)


async def test_a_copy_proves_nothing_when_others_had_the_message_before(
    house: FollowedHouse, mail: FakeImapServer
) -> None:
    mail.append("u1", letter(1), "Sent")
    id_ = await house.message(FIND, state="unknown", recipients={"b@x": "sent", "c@x": "unknown"})
    assert await tried(house, id_) == NothingLeft()


async def test_a_message_that_is_no_longer_unknown_is_not_looked_for(
    house: FollowedHouse, mail: FakeImapServer
) -> None:
    mail.append("u1", letter(1), "Sent")
    id_ = await house.message(FIND, state="queued")
    assert await tried(house, id_) == NothingLeft()


async def test_a_search_that_fails_for_good_goes_on_at_the_next_time(
    house: FollowedHouse, mail: FakeImapServer
) -> None:
    mail.append("u1", letter(1), "Sent")
    mail.behave(answer("UID SEARCH", tagged="NO [CANNOT] Not here"))
    now = now_ms()
    id_ = await house.message(FIND, state="unknown", attempted_at=now - 10_000)
    assert await tried(house, id_, now) == Postponed(now + MINUTE, "The mail server refused UID SEARCH: Not here")
