"""The routes of threads."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import threads
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_READ
from postroom.schemas.requests.mail import threads as thread_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listThreads", "GET", "/v1/account/{account}/threads", threads.list_threads, MAIL_READ,
          "List the threads of a folder", "Messages", thread_req.ThreadsQuery, headers=TIMEOUT,
          errors=(400, 404, 422, 502, 504)),
    Route("getThread", "GET", "/v1/account/{account}/thread/{thread}", threads.get_thread, MAIL_READ,
          "Read a thread over all folders", "Messages", headers=TIMEOUT, errors=(400, 404, 502, 504)),
)
# fmt: on
