"""Messages: listed, searched, read, downloaded, uploaded, changed, moved, deleted; and their threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from postroom.client.operations.filters import MessageFilters, demand_known
from postroom.client.request import AnswerKind, ApiRequest, QueryValue, Repeat, made, path
from postroom.client.walking import CursorWalk, PageWalk

if TYPE_CHECKING:
    from postroom.mail.shapes import MessageObject, TextKind, TextObject
    from postroom.schemas.answers.mail import changes, lists, threads
    from postroom.schemas.answers.mail.uploads import UploadedMessage
    from postroom.schemas.requests.mail.changes import MessageChange
    from postroom.schemas.requests.mail.searches import SearchTerms
    from postroom.schemas.requests.mail.uploads import NewMessage

_MESSAGES = "/v1/account/{}/messages"
_MESSAGE = "/v1/account/{}/message/{}"


def page(
    account: str,
    folder: str = "INBOX",
    *,
    cursor: str | None = None,
    page_size: int = 20,
    fields: Sequence[str] | None = None,
    patience: float | None = None,
    **which: Unpack[MessageFilters],
) -> ApiRequest[lists.MessagesPage]:
    """Return one page of the messages of a folder, newest first. `cursor` is the `nextPageCursor` of the page before.

    `fields` are the members of the messages to return. `unseen`, `flagged`, `answered`, `draft` and `deleted` filter.
    """
    filters = demand_known(which, MessageFilters)
    query: dict[str, QueryValue] = {"path": folder, "cursor": cursor, "pageSize": page_size, "fields": fields}
    return made("GET", path(_MESSAGES, account), query={**query, **filters}, patience=patience)


def listed(
    account: str,
    folder: str = "INBOX",
    *,
    page_size: int = 100,
    fields: Sequence[str] | None = None,
    patience: float | None = None,
    **which: Unpack[MessageFilters],
) -> CursorWalk[lists.ListedMessage]:
    """Go through the messages of a folder, newest first. The filters are those of a page."""
    demand_known(which, MessageFilters)

    def ask(cursor: str | None) -> ApiRequest[lists.MessagesPage]:
        return page(account, folder, cursor=cursor, page_size=page_size, fields=fields, patience=patience, **which)

    return CursorWalk(ask, "messages")


def search_page(
    account: str,
    search: SearchTerms,
    *,
    folder: str | None = None,
    cursor: str | None = None,
    page_size: int = 20,
    fields: Sequence[str] | None = None,
    patience: float | None = None,
) -> ApiRequest[lists.SearchPage]:
    """Return one page of what a search finds, in a folder or in all but Junk and Trash, and what it left out."""
    query: dict[str, QueryValue] = {"path": folder, "cursor": cursor, "pageSize": page_size, "fields": fields}
    where = path("/v1/account/{}/search", account)
    return made("POST", where, query=query, body={"search": search}, repeat=Repeat.ALWAYS, patience=patience)


def search(
    account: str,
    search: SearchTerms,
    *,
    folder: str | None = None,
    page_size: int = 100,
    fields: Sequence[str] | None = None,
    patience: float | None = None,
) -> CursorWalk[lists.ListedMessage]:
    """Go through all that a search finds. Only `search_page` tells which folders are not in the result."""

    def ask(cursor: str | None) -> ApiRequest[lists.SearchPage]:
        return search_page(
            account, search, folder=folder, cursor=cursor, page_size=page_size, fields=fields, patience=patience
        )

    return CursorWalk(ask, "messages")


def get(
    account: str,
    message: str,
    *,
    text_type: TextKind | None = None,
    max_bytes: int | None = None,
    web_safe_html: bool | None = None,
    embed_attached_images: bool | None = None,
    pre_process_html: bool | None = None,
    mark_as_seen: bool = False,
    patience: float | None = None,
) -> ApiRequest[MessageObject]:
    """Return a message, with its text if `text_type` asks for it."""
    query: dict[str, QueryValue] = {
        **_wishes(text_type, max_bytes, web_safe_html, embed_attached_images, pre_process_html),
        "markAsSeen": mark_as_seen or None,
    }
    return made("GET", path(_MESSAGE, account, message), query=query, patience=patience)


def text(
    account: str,
    text: str,
    *,
    text_type: TextKind | None = None,
    max_bytes: int | None = None,
    web_safe_html: bool | None = None,
    embed_attached_images: bool | None = None,
    pre_process_html: bool | None = None,
    patience: float | None = None,
) -> ApiRequest[TextObject]:
    """Return the text of a message; `text` is the `text.id` of the message."""
    query = _wishes(text_type, max_bytes, web_safe_html, embed_attached_images, pre_process_html)
    return made("GET", path("/v1/account/{}/text/{}", account, text), query=query, patience=patience)


def attachment(account: str, attachment: str, *, patience: float | None = None) -> ApiRequest[bytes]:
    """Download an attachment; `attachment` is the `id` in the message's `attachments`."""
    where = path("/v1/account/{}/attachment/{}", account, attachment)
    return made("GET", where, kind=AnswerKind.OCTETS, patience=patience)


def source(account: str, message: str, *, patience: float | None = None) -> ApiRequest[bytes]:
    """Download a message as it is on the mail server (RFC 5322)."""
    return made("GET", path(f"{_MESSAGE}/source", account, message), kind=AnswerKind.OCTETS, patience=patience)


def upload(account: str, body: NewMessage, *, patience: float | None = None) -> ApiRequest[UploadedMessage]:
    """Add a message to a folder. `raw` and the content of attachments may be bytes."""
    where = path("/v1/account/{}/message", account)
    return made("POST", where, body=body, repeat=Repeat.UNRECEIVED, patience=patience)


def update(
    account: str, message: str, body: MessageChange, *, patience: float | None = None
) -> ApiRequest[changes.MessageChanged]:
    """Change flags and labels of a message."""
    return made("PUT", path(_MESSAGE, account, message), body=body, patience=patience)


def move(
    account: str, message: str, folder: str, *, patience: float | None = None
) -> ApiRequest[changes.MessageMovedTo]:
    """Move a message to a folder."""
    where = path(f"{_MESSAGE}/move", account, message)
    return made("PUT", where, body={"path": folder}, repeat=Repeat.UNRECEIVED, patience=patience)


def delete(
    account: str, message: str, *, force: bool = False, patience: float | None = None
) -> ApiRequest[changes.MessageDeleted]:
    """Move a message to the trash; with `force`, or if it is there already, remove it for good."""
    # A second request would remove for good what the first one moved to the trash.
    return made(
        "DELETE",
        path(_MESSAGE, account, message),
        query={"force": force or None},
        repeat=Repeat.UNRECEIVED,
        patience=patience,
    )


def update_many(
    account: str, search: SearchTerms, update: MessageChange, *, folder: str = "INBOX", patience: float | None = None
) -> ApiRequest[changes.MessagesChanged]:
    """Change flags and labels of all messages of a folder that a search finds."""
    body = {"search": search, "update": update}
    # The search is made anew by a second request, and may then find messages that came in between.
    where = path(_MESSAGES, account)
    return made("PUT", where, query={"path": folder}, body=body, repeat=Repeat.UNRECEIVED, patience=patience)


def move_many(
    account: str, search: SearchTerms, to: str, *, folder: str = "INBOX", patience: float | None = None
) -> ApiRequest[changes.MessagesMoved]:
    """Move all messages of a folder that a search finds to another folder."""
    where, body = path(f"{_MESSAGES}/move", account), {"search": search, "path": to}
    return made("PUT", where, query={"path": folder}, body=body, repeat=Repeat.UNRECEIVED, patience=patience)


def delete_many(
    account: str,
    search: SearchTerms,
    *,
    folder: str = "INBOX",
    force: bool = False,
    patience: float | None = None,
) -> ApiRequest[changes.MessagesDeleted]:
    """Move all messages of a folder that a search finds to the trash, or with `force` remove them for good."""
    where, body = path(f"{_MESSAGES}/delete", account), {"search": search}
    query: dict[str, QueryValue] = {"path": folder, "force": force or None}
    return made("PUT", where, query=query, body=body, repeat=Repeat.UNRECEIVED, patience=patience)


def threads_page(
    account: str, folder: str = "INBOX", *, page: int = 0, page_size: int = 20, patience: float | None = None
) -> ApiRequest[threads.ThreadsPage]:
    """Return one page of the threads of a folder; the thread with the newest message is first."""
    query: dict[str, QueryValue] = {"path": folder, "page": page, "pageSize": page_size}
    return made("GET", path("/v1/account/{}/threads", account), query=query, patience=patience)


def list_threads(
    account: str, folder: str = "INBOX", *, page_size: int = 100, patience: float | None = None
) -> PageWalk[threads.ThreadLine]:
    """Go through the threads of a folder. One that gets a message on the way moves to the front, and may be missed."""
    return PageWalk(
        lambda number, size: threads_page(account, folder, page=number, page_size=size, patience=patience),
        "threads",
        lambda found: found["threadId"],
        page_size=page_size,
        most=100,
    )


def thread(account: str, thread: str, *, patience: float | None = None) -> ApiRequest[threads.Thread]:
    """Return the messages of a thread over all folders, oldest first."""
    return made("GET", path("/v1/account/{}/thread/{}", account, thread), patience=patience)


def _wishes(
    text_type: str | None,
    max_bytes: int | None,
    web_safe_html: bool | None,
    embed_attached_images: bool | None,
    pre_process_html: bool | None,
) -> dict[str, QueryValue]:
    return {
        "textType": text_type,
        "maxBytes": max_bytes,
        "webSafeHtml": web_safe_html,
        "embedAttachedImages": embed_attached_images,
        "preProcessHtml": pre_process_html,
    }
