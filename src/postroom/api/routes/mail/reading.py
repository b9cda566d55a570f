"""The routes of single messages and their text."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import reading
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_READ
from postroom.schemas.requests.mail import reading as reading_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("getMessage", "GET", f"{_A}/message/{{message}}", reading.get_message, MAIL_READ, "Read a message",
          "Messages", reading_req.MessageQuery, headers=TIMEOUT, errors=(404, 502, 503, 504)),
    Route("getText", "GET", f"{_A}/text/{{text}}", reading.get_text, MAIL_READ, "Read the text of a message",
          "Messages", reading_req.TextQuery, headers=TIMEOUT, errors=(404, 502, 503, 504)),
)
# fmt: on
