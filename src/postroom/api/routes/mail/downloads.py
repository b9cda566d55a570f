"""The routes of attachments and message sources."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import downloads
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_READ

_ALSO: Final = {
    206: "Partial Content: the range that was asked for",
    304: "Not Modified: the caller has the content already",
}

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("getAttachment", "GET", "/v1/account/{account}/attachment/{attachment}", downloads.get_attachment, MAIL_READ,
          "Download an attachment", "Messages", headers=downloads.HEADERS, answer_headers=downloads.ANSWER_HEADERS,
          errors=(416, 502, 504), media_type="application/octet-stream", also=_ALSO),
    Route("getMessageSource", "GET", "/v1/account/{account}/message/{message}/source", downloads.get_source, MAIL_READ,
          "Download the source of a message", "Messages", headers=downloads.HEADERS,
          answer_headers=downloads.ANSWER_HEADERS, errors=(416, 502, 504), media_type="message/rfc822", also=_ALSO),
)
# fmt: on
