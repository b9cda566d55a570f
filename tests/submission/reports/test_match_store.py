"""The message that a report is about."""

from __future__ import annotations

from postroom.smtp.envelope import Dsn
from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.submission.plan import SendingPlan
from postroom.submission.reports import match_store
from tests.submission.messages import rows
from tests.submission.reports.office import ReportOffice

BOUNCED = RecipientOutcome(RecipientState.BOUNCED, 550, "5.1.1", "no such user", "Check the address.")


async def queue_id(office: ReportOffice, account: str, *ids: str) -> str | None:
    """The message that is found by these Message-IDs."""

    def look(conn: Connection) -> str | None:
        found = match_store.find(conn, office.keys[account], ids)
        loaded = match_store.load(conn, found) if found is not None else None
        return loaded.queue_id if loaded is not None else None

    return await office.db.read(look)


async def test_by_message_id_within_the_account(office: ReportOffice) -> None:
    await office.add_account("bert")
    first = await office.submit(message_id="<1@a>")
    second = await office.submit(message_id="<2@a>")
    assert await queue_id(office, "anna", "<1@a>") == first
    assert await queue_id(office, "anna", "<none@a>", "<2@a>", "<1@a>") == second
    assert await queue_id(office, "anna", "<none@a>") is None
    assert await queue_id(office, "anna") is None
    assert await queue_id(office, "bert", "<1@a>") is None


async def test_by_the_id_that_the_server_gave(office: ReportOffice) -> None:
    first = await office.submit(message_id="<1@a>")
    await office.submit(message_id="<2@a>")
    change = submissions.update().where(submissions.c.queue_id == first).values(sent_as="<theirs@provider>")
    await office.db.write(lambda conn: conn.execute(change) and None)
    assert await queue_id(office, "anna", "<theirs@provider>") == first
    assert await queue_id(office, "anna", "<1@a>") == first
    found = await office.db.read(lambda conn: match_store.load(conn, 1))
    assert found is not None
    assert found.message_id == "<theirs@provider>"


async def test_of_several_messages_with_one_id_it_is_the_newest(office: ReportOffice) -> None:
    await office.submit(message_id="<1@a>")
    newest = await office.submit(message_id="<1@a>")
    assert await queue_id(office, "anna", "<1@a>") == newest


async def test_by_envelope_id(office: ReportOffice) -> None:
    key = office.keys["anna"]
    plain = await office.submit("ann@b.example")
    chosen = await office.submit("ann@b.example", plan=SendingPlan(dsn=Dsn(id="QQ7")))
    ids = {row.queue_id: row.id for row in await rows(office.db)}

    def look(conn: Connection) -> None:
        find = match_store.find_by_envelope
        assert find(conn, key, plain, []) == ids[plain]
        assert find(conn, key, "QQ7", ["ann@b.example"]) == ids[chosen]
        assert find(conn, key, "QQ7", ["bob@b.example"]) is None
        assert find(conn, key, "QQ7", []) is None
        assert find(conn, key, "QQ8", ["ann@b.example"]) is None
        assert find(conn, key + 1, plain, []) is None

    await office.db.read(look)


async def test_only_recipients_whom_the_message_was_sent_bounce(office: ReportOffice) -> None:
    await office.submit("ann@b.example", "bob@b.example")
    refused = submission_recipients.update().where(submission_recipients.c.place == 1).values(state="refused")
    await office.db.write(lambda conn: conn.execute(refused) and None)
    changed = await office.db.write(lambda conn: match_store.bounce(conn, 1, {0: BOUNCED, 1: BOUNCED}, 77))
    assert changed == 1
    ann, bob = await rows(office.db, submission_recipients)
    assert (ann.state, ann.code, ann.enhanced, ann.said, ann.at) == ("bounced", 550, "5.1.1", "no such user", 77)
    assert ann.advice == "Check the address."
    assert bob.state == "refused"


async def test_a_message_that_is_gone(office: ReportOffice) -> None:
    assert await office.db.read(lambda conn: match_store.load(conn, 1)) is None
