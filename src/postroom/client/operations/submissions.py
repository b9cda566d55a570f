"""Messages to send. Each request has an idempotency key, so it can be repeated and the message is sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from postroom.client.request import IDEMPOTENCY_KEY, ApiRequest, Repeat, made, path

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.submitting import SubmittedMessage
    from postroom.schemas.requests.mail.submitting import DraftSubmission, NewSubmission


def submit(
    account: str, body: NewSubmission, *, idempotency_key: str | None = None, patience: float | None = None
) -> ApiRequest[SubmittedMessage]:
    """Send a message. It is stored and then sent; events and the outbox tell what becomes of it.

    The request repeats itself under a key of its own. Give `idempotency_key` to repeat it yourself, within 48 hours and
    with the same body: the answer is then the first one. An error has the key, as `idempotency_key`.

    `raw` and the content of attachments may be bytes.
    """
    return _keyed(path("/v1/account/{}/submit", account), body, idempotency_key, patience)


def submit_draft(
    account: str,
    message: str,
    body: DraftSubmission | None = None,
    *,
    idempotency_key: str | None = None,
    patience: float | None = None,
) -> ApiRequest[SubmittedMessage]:
    """Send a stored draft, as `submit` sends a message."""
    where = path("/v1/account/{}/message/{}/submit", account, message)
    return _keyed(where, {} if body is None else body, idempotency_key, patience)


def _keyed(path: str, body: object, key: str | None, patience: float | None) -> ApiRequest[SubmittedMessage]:
    headers = {IDEMPOTENCY_KEY: f"client-{uuid4().hex}" if key is None else key}
    return made("POST", path, body=body, headers=headers, repeat=Repeat.KEYED, patience=patience)
