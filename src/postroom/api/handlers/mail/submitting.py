"""The handlers that take messages to be sent: new ones, and stored drafts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response

from postroom.access.tokens import AccessDenied, Token
from postroom.accounts.settings.secret import SecretUrl
from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.handlers.mail.written import draft_of, reference_of, shown_reference, taken_files
from postroom.api.pipeline.errors import InvalidRequest
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.clock import from_iso, iso
from postroom.schemas.checking.messages import submission_problems
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.mail.submitting import NULL_SENDER, DsnWish, EnvelopeWish, NewSubmission, SendingWishes
from postroom.smtp.envelope import NO_DSN, Dsn
from postroom.submission.accepting.model import LONGEST_KEY, AnswerGiven, JsonObject, Submitted
from postroom.submission.accepting.submission import GivenEnvelope, Submission, WrittenMessage
from postroom.submission.submissions import SubmissionRequest

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.submitting import SubmittedMessage

__all__ = ["IDEMPOTENCY_KEY", "submit_draft", "submit_message"]

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
_QUEUED: Final = "Queued for delivery"
_DRY: Final = "Dry run: nothing was queued"
_HOW_WE_REACH: Final = ("proxy", "localAddress")
"""Fields that decide how this installation reaches others, so that a limited token may not send them."""


async def submit_message(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/submit"""
    body: NewSubmission = call.body
    problems = submission_problems(body)
    if problems:
        raise InvalidRequest([FaultyField(*each) for each in problems])
    _demand_right(api, call.caller, body)
    submission = _submission(body)
    if body.get("dryRun"):
        return answer(_previewed(await api.submissions.preview(call.account, submission, time_allowed(call))))

    async def submitted() -> Submission:
        return submission

    return await _submit(api, call, submitted)


async def submit_draft(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/message/{message}/submit"""
    body: SendingWishes = call.body
    _demand_right(api, call.caller, body)
    allowed = time_allowed(call)

    async def submitted() -> Submission:
        return await api.drafts.submission(call.account, call.path["message"], _wishes(body), allowed)

    return await _submit(api, call, submitted)


async def _submit(api: Api, call: Call, submission: Callable[[], Awaitable[Submission]]) -> Response:
    asked = f"{call.account}\0{call.path.get('message', '')}\0{call.digest}"
    fingerprint = hashlib.sha256(asked.encode()).hexdigest()
    request = SubmissionRequest(call.account, submission, _key(call.request), fingerprint)
    return answer(_told(await api.submissions.submit(request, time_allowed(call), _queued)))


def _key(request: Request) -> str | None:
    """Return the idempotency key of a request, None without one. Raises InvalidRequest."""
    sent = request.headers.get(IDEMPOTENCY_KEY)
    if sent is None:
        return None
    key = sent.strip()
    if not 0 < len(key) <= LONGEST_KEY:
        words = f'"{IDEMPOTENCY_KEY}" must have between 1 and {LONGEST_KEY} characters'
        raise InvalidRequest([FaultyField(IDEMPOTENCY_KEY, words)])
    return key


def _demand_right(api: Api, caller: Token, body: SendingWishes) -> None:
    """Refuse fields that only administrators may send. Raises AccessDenied."""
    if caller.has_full_access:
        return
    listed = api.settings.bound_token_fields if caller.permissions is None else ()
    refused = [name for name in _HOW_WE_REACH if body.get(name) and name not in listed]
    if refused:
        words = "may be sent by an administrator only: it decides how this installation reaches others"
        fields = [{"message": f'"{name}" {words}', "key": name, "path": name} for name in refused]
        raise AccessDenied("Unauthorized field", fields=fields)


def _submission(body: NewSubmission) -> Submission:
    wishes = _wishes(body)
    return Submission(
        draft=lambda own: draft_of(body, own),
        raw=body.get("raw"),
        reference=reference_of(body),
        files=taken_files(body),
        preview_text=body.get("previewText") or "",
        envelope=wishes.envelope,
        send_at=wishes.send_at,
        most_attempts=wishes.most_attempts,
        copy=wishes.copy,
        sent_folder=wishes.sent_folder,
        dsn=wishes.dsn,
        local_address=wishes.local_address,
        proxy=wishes.proxy,
        is_dry_run=body.get("dryRun", False),
    )


def _wishes(body: SendingWishes) -> Submission:
    """Return a submission with everything but the message."""
    moment, proxy, dsn = body.get("sendAt"), body.get("proxy"), body.get("dsn")
    return Submission(
        envelope=_envelope(body.get("envelope") or {}),
        send_at=from_iso(moment) if moment else None,
        most_attempts=body.get("deliveryAttempts"),
        copy=body.get("copy"),
        sent_folder=body.get("sentMailPath"),
        dsn=_dsn(dsn) if dsn else NO_DSN,
        local_address=body.get("localAddress"),
        proxy=SecretUrl(proxy) if proxy else None,
    )


def _envelope(given: EnvelopeWish) -> GivenEnvelope:
    sender = given.get("from")
    return GivenEnvelope("" if sender == NULL_SENDER else sender, tuple(given.get("to", ())))


def _dsn(given: DsnWish) -> Dsn:
    return Dsn(given.get("id"), given.get("return"), tuple(given.get("notify", ())), given.get("recipient"))


def _queued(written: WrittenMessage, submitted: Submitted) -> JsonObject:
    shown: SubmittedMessage = {
        "response": _QUEUED,
        "messageId": submitted.message_id,
        "queueId": submitted.queue_id,
        "sendAt": iso(submitted.send_at),
    }
    if written.referred is not None:
        shown["reference"] = shown_reference(written.referred)
    return {**shown}


def _previewed(written: WrittenMessage) -> JsonObject:
    shown: SubmittedMessage = {
        "response": _DRY,
        "messageId": written.message_id,
        "dryRun": True,
        "preview": base64.b64encode(written.octets).decode("ascii"),
    }
    if written.referred is not None:
        shown["reference"] = shown_reference(written.referred)
    return {**shown}


def _told(given: AnswerGiven) -> JsonObject:
    if given.key is None:
        return given.answer
    return {**given.answer, "idempotency": {"key": given.key, "status": "HIT" if given.is_repeated else "MISS"}}
