"""The paths of the screens of mail. Ids and folders may hold any character, so they are encoded here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from postroom.http.paths import path_for
from postroom.web.dashboard.accounts.paths import LIST, account_path

__all__ = ["ATTACHMENT", "MAIL", "MESSAGE", "attachment_path", "mail_path", "message_path"]

MAIL: Final = f"{LIST}/{{account}}/mail"
MESSAGE: Final = f"{MAIL}/{{message}}"
ATTACHMENT: Final = f"{LIST}/{{account}}/attachments/{{attachment}}"


def mail_path(account: str, wanted: Mapping[str, str] | None = None) -> str:
    """Return the path of a list of messages with these parameters; empty ones are left out."""
    return path_for(account_path(account, "mail"), wanted or {})


def message_path(account: str, message: str, part: str = "") -> str:
    """Return the path of a message, or of a part below it such as `html`."""
    path = account_path(account, f"mail/{quote(message, safe='')}")
    return f"{path}/{part}" if part else path


def attachment_path(account: str, attachment: str) -> str:
    """Return the path of an attachment."""
    return account_path(account, f"attachments/{quote(attachment, safe='')}")
