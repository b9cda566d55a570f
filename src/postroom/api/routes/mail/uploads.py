"""The routes of uploads."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import uploads
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_WRITE
from postroom.schemas.requests.mail import uploads as upload_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("uploadMessage", "POST", "/v1/account/{account}/message", uploads.upload_message, MAIL_WRITE,
          "Upload message", "Messages", body=upload_req.NewMessage, headers=TIMEOUT, errors=(502, 504)),
)
# fmt: on
