"""The routes of lists and searches of messages."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import lists
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_READ
from postroom.schemas.answers.mail import lists as list_ans
from postroom.schemas.examples.mail import lists as list_ex
from postroom.schemas.requests.mail import lists as list_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listMessages", "GET", f"{_A}/messages", lists.list_messages, MAIL_READ, "List messages in a folder",
          "Messages", list_ans.MessagesPage, list_ex.MESSAGES, list_req.MessagesQuery, repeated=("fields",),
          headers=TIMEOUT, errors=(422, 502, 504)),
    Route("searchMessages", "POST", f"{_A}/search", lists.search_messages, MAIL_READ, "Search for messages",
          "Messages", list_ans.SearchPage, list_ex.FOUND, list_req.SearchQuery, list_req.SearchBody, list_ex.SEARCH,
          repeated=("fields",), headers=TIMEOUT, errors=(422, 502, 504)),
)
