"""The routes that take messages to be sent."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import submitting
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import SUBMIT
from postroom.schemas.requests.mail import submitting as submit_req

_A: Final = "/v1/account/{account}"
_HEADERS: Final = {
    submitting.IDEMPOTENCY_KEY: "Your name for this message: a repeated request gets the first answer for 48 hours",
    **TIMEOUT,
}

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("submitMessage", "POST", f"{_A}/submit", submitting.submit_message, SUBMIT, "Send message", "Sending",
          body=submit_req.NewSubmission, headers=_HEADERS, errors=(409, 413, 502, 504), takes_message=True),
    Route("submitDraft", "POST", f"{_A}/message/{{message}}/submit", submitting.submit_draft, SUBMIT,
          "Send stored draft", "Sending", body=submit_req.DraftSubmission, body_optional=True, headers=_HEADERS,
          errors=(409, 413, 502, 504), takes_message=True),
)
# fmt: on
