"""The routes of changes of messages, one or many."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import changes
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import MAIL_REMOVE, MAIL_WRITE
from postroom.schemas.requests.mail import changes as change_req

_MESSAGES: Final = "/v1/account/{account}/messages"
_MESSAGE: Final = "/v1/account/{account}/message/{message}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("updateMessage", "PUT", _MESSAGE, changes.change_message, MAIL_WRITE, "Change flags and labels of a message",
          "Messages", body=change_req.MessageChange, headers=TIMEOUT, errors=(422, 502, 503, 504)),
    Route("moveMessage", "PUT", f"{_MESSAGE}/move", changes.move_message, MAIL_WRITE, "Move a message to a folder",
          "Messages", body=change_req.MessageMove, headers=TIMEOUT, errors=(502, 503, 504)),
    Route("deleteMessage", "DELETE", _MESSAGE, changes.delete_message, MAIL_REMOVE,
          "Delete a message, or move it to the trash", "Messages", change_req.DeletionQuery, headers=TIMEOUT,
          errors=(502, 503, 504)),
    Route("updateMessages", "PUT", _MESSAGES, changes.change_messages, MAIL_WRITE,
          "Change flags and labels of messages", "Messages", change_req.FolderOfMessagesQuery,
          change_req.MessagesChange, headers=TIMEOUT, errors=(422, 502, 503, 504)),
    Route("moveMessages", "PUT", f"{_MESSAGES}/move", changes.move_messages, MAIL_WRITE, "Move messages to a folder",
          "Messages", change_req.FolderOfMessagesQuery, change_req.MessagesMove, headers=TIMEOUT,
          errors=(422, 502, 503, 504)),
    Route("deleteMessages", "PUT", f"{_MESSAGES}/delete", changes.delete_messages, MAIL_REMOVE,
          "Delete messages, or move them to the trash", "Messages", change_req.DeletionsQuery,
          change_req.MessagesDeletion, headers=TIMEOUT, errors=(422, 502, 503, 504)),
)
# fmt: on
