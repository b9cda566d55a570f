"""The form that sends a test message from an account, through the outbox, as programs send."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

import orjson
from starlette.responses import Response

from postroom.accounts.model import AccountView
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mailboxes.visit import TimeAllowed
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.messages import submission_problems
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.mail.submitting import NewSubmission
from postroom.submission.ability import SmtpUnavailable
from postroom.submission.accepting.model import IdempotencyKeyReused, JsonObject, RequestInFlight, Submitted
from postroom.submission.accepting.problems import InvalidSubmission
from postroom.submission.accepting.submission import Submission, WrittenMessage
from postroom.submission.submissions import MessageTooLarge, SubmissionRequest, SubmissionUncertain
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.outbox.paths import OUTBOX, TEST_MESSAGE, item_path
from postroom.web.dashboard.rendering import moved, page

__all__ = ["PAGES"]

_PATIENCE: Final = 15.0
_KEY: Final = re.compile("[0-9a-f]{32}")
_SUBJECT: Final = "Test message"
_TEXT: Final = "This is a test message from Postroom. If you can read it, sending works."
_LIST_OF_ADDRESSES: Final = "Enter at least one address."
_SENT_BEFORE: Final = (
    "This form was sent before with another text, and that message is in the outbox. Press again to send this one too."
)
_UNCERTAIN: Final = (
    "The database went away, so it is not known whether the message was stored. Press again: it is sent once."
)
_IN_FLIGHT: Final = "This form is being sent at this moment. Press again in a moment: it is sent once."


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/test-message"""
    view = await desk.accounts.get(visit.path["account"])
    sent = {"to": view.row.email or "", "subject": _SUBJECT, "text": _TEXT, "key": _new_key()}
    return _form(visit, view, sent)


async def send(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/test-message"""
    view = await desk.accounts.get(visit.path["account"])
    key = visit.form.get("key", "")
    sent = {**visit.form, "key": key if _KEY.fullmatch(key) else _new_key()}
    body, problems = _checked(desk, sent)
    if problems:
        return _form(visit, view, sent, problems=problems, status=400)
    try:
        return await _submit(desk, view.row.account, body, sent["key"])
    except InvalidSubmission as error:
        found = [FaultyField(each.key, each.message) for each in error.problems]
        return _form(visit, view, sent, problems=_by_field(found), status=400)
    except (SmtpUnavailable, MessageTooLarge) as error:
        return _form(visit, view, sent, trouble=error.message, status=400)
    except IdempotencyKeyReused:
        return _form(visit, view, {**sent, "key": _new_key()}, trouble=_SENT_BEFORE, status=409)
    except RequestInFlight:
        return _form(visit, view, sent, trouble=_IN_FLIGHT, status=409)
    except SubmissionUncertain:
        return _form(visit, view, sent, trouble=_UNCERTAIN, status=503)


def _checked(desk: Desk, sent: Mapping[str, str]) -> tuple[NewSubmission, dict[str, str]]:
    """Return the message as a program would send it, and what is wrong with it, by field."""
    addresses = [each.strip() for each in re.split(r"[,;\n]", sent.get("to", "")) if each.strip()]
    asked = {
        "to": [{"address": address} for address in addresses],
        "subject": sent.get("subject", ""),
        "text": sent.get("text", ""),
    }
    problems: list[FaultyField] = []
    body: NewSubmission | None = checked(NewSubmission, asked, problems, context=context_of(desk.settings))
    if body is None:
        return {}, _by_field(problems)
    return body, _by_field([FaultyField(*each) for each in submission_problems(body)])


def _by_field(problems: Sequence[FaultyField]) -> dict[str, str]:
    """Return the first problem of each field of the form; all parts of an address belong to one field."""
    found: dict[str, str] = {}
    for each in problems:
        words = each.message.removeprefix(f'"{each.key}" ')
        said = _LIST_OF_ADDRESSES if each.key == "to" else f"{words[:1].upper()}{words[1:]}."
        found.setdefault(each.key.partition(".")[0], said)
    return found


async def _submit(desk: Desk, account: str, body: NewSubmission, key: str) -> Response:
    people = tuple(Correspondent(each["address"], each.get("name") or "") for each in body.get("to", ()))
    subject, text = body.get("subject") or "", body.get("text") or None

    async def submission() -> Submission:
        return Submission(draft=lambda own: Draft(own, to=people, subject=subject, text=text))

    asked = orjson.dumps([account, [each.address for each in people], subject, text])
    request = SubmissionRequest(account, submission, f"dashboard-{key}", hashlib.sha256(asked).hexdigest())
    given = await desk.submissions.submit(request, TimeAllowed.after(_PATIENCE), _told)
    said = "This form was sent before. This is its message." if given.is_repeated else "The message is in the outbox."
    return moved(item_path(str(given.answer["queueId"])), said)


def _told(_written: WrittenMessage, submitted: Submitted) -> JsonObject:
    return {"queueId": submitted.queue_id, "messageId": submitted.message_id}


def _new_key() -> str:
    return secrets.token_hex(16)


def _form(
    visit: DeskVisit,
    view: AccountView,
    sent: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    """Return the form with what was typed, and what is wrong with it."""
    account = view.row.account
    values = {
        "row": view.row,
        "sent": {name: sent.get(name, "") for name in ("to", "subject", "text", "key")},
        "problems": problems or {},
        "trouble": trouble,
        "paths": {
            "accounts": LIST,
            "account": account_path(account),
            "here": account_path(account, "test-message"),
            "outbox": OUTBOX,
            "edit": account_path(account, "edit"),
        },
    }
    return page("test_message.html", visit, values, status=status)


PAGES: Final = (
    DeskPage("GET", TEST_MESSAGE, show),
    DeskPage("POST", TEST_MESSAGE, send),
)
