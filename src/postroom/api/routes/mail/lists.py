"""The routes of lists and searches of messages."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import lists
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_READ
from postroom.schemas.requests.mail import lists as list_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listMessages", "GET", f"{_A}/messages", lists.list_messages, MAIL_READ, "List messages in a folder",
          "Messages", list_req.MessagesQuery, repeated=("fields",), headers=TIMEOUT, errors=(422, 502, 504)),
    Route("searchMessages", "POST", f"{_A}/search", lists.search_messages, MAIL_READ, "Search for messages", "Messages",
          list_req.SearchQuery, list_req.SearchBody, repeated=("fields",), headers=TIMEOUT, errors=(422, 502, 504)),
)
