"""The routes of folders."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers.mail import folders
from postroom.api.handlers.mail.allowed import TIMEOUT
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import FOLDER_READ, FOLDER_REMOVE, FOLDER_WRITE
from postroom.schemas.requests.mail import folders as folder_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("listFolders", "GET", f"{_A}/mailboxes", folders.list_folders, FOLDER_READ, "List folders", "Folders",
          folder_req.FolderListQuery, headers=TIMEOUT, errors=(502, 504)),
    Route("createFolder", "POST", f"{_A}/mailbox", folders.create_folder, FOLDER_WRITE, "Create folder", "Folders",
          body=folder_req.NewFolder, headers=TIMEOUT, errors=(502, 504)),
    Route("changeFolder", "PUT", f"{_A}/mailbox", folders.change_folder, FOLDER_WRITE,
          "Rename folder, subscribe or unsubscribe", "Folders", body=folder_req.FolderChange, headers=TIMEOUT,
          errors=(502, 504)),
    Route("deleteFolder", "DELETE", f"{_A}/mailbox", folders.delete_folder, FOLDER_REMOVE, "Delete folder", "Folders",
          folder_req.FolderQuery, headers=TIMEOUT, errors=(502, 504)),
)
# fmt: on
