"""One message: its headers, its text, its HTML in a frame, and its files to download."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from postroom.accounts.model import AccountView
from postroom.http.paths import sent_path
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.failures import MessageMoved
from postroom.mailboxes.reading.wishes import MessageWish, TextWish
from postroom.mailboxes.visit import TimeAllowed
from postroom.streaming.downloads.serving import Opening, is_partly, serve
from postroom.web import protection
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.mail.frame import framed_document
from postroom.web.dashboard.mail.lines import file_line, header_lines, people, person, size_words, time_of
from postroom.web.dashboard.mail.list_screen import PATIENCE
from postroom.web.dashboard.mail.paths import ATTACHMENT, MESSAGE, mail_path, message_path
from postroom.web.dashboard.mail.refusal_page import refused
from postroom.web.dashboard.mail.refusals import REFUSALS, refusal_of
from postroom.web.dashboard.mail.wish import MailWish
from postroom.web.dashboard.rendering import moved, page
from postroom.words.strangers import harmless, take_in

__all__ = ["PAGES"]

_UNTOUCHABLE: Final = "application/octet-stream"
"""The type of every file: a browser neither shows it nor runs it, and takes it for no script and no style."""

_MOST_TEXT: Final = 512 * 1024
_MOST_HTML: Final = 2 * 1024 * 1024
_TEXT: Final = TextWish("plain", _MOST_TEXT)
_HTML: Final = TextWish("html", _MOST_HTML, embeds_images=True, is_safe=True, remote_images="drop")


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/mail/{message}"""
    wanted = visit.request.query_params.get("show", "")

    async def shown(view: AccountView, allowed: TimeAllowed) -> Response:
        wish = MessageWish(_TEXT if wanted == "text" else None)
        message = await desk.messages.read(view.row.account, visit.path["message"], wish, allowed)
        way = wanted if wanted in ("text", "headers") else "html" if _has_html(message) else "text"
        if way == "text" and wish.text is None:
            message = await desk.messages.read(view.row.account, message["id"], MessageWish(_TEXT), allowed)
        return _page(visit, view, message, way)

    return await _answered(desk, visit, shown)


async def html(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/mail/{message}/html"""

    async def shown(view: AccountView, allowed: TimeAllowed) -> Response:
        message = await desk.messages.read(view.row.account, visit.path["message"], MessageWish(_HTML), allowed)
        text = message.get("text", {})
        # Only HTML that was made safe is shown.
        safe = text.get("html", "") if text.get("webSafe") else ""
        return Response(framed_document(safe), headers=protection.framed_headers(), media_type="text/html")

    return await _answered(desk, visit, shown, framed=True)


async def source(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/mail/{message}/source"""
    partly = is_partly(visit.request)

    async def shown(view: AccountView, allowed: TimeAllowed) -> Response:
        account, id_ = view.row.account, visit.path["message"]
        return await _file(visit, lambda: desk.downloads.source(account, id_, allowed, partly=partly))

    return await _answered(desk, visit, shown)


async def attachment(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/attachments/{attachment}"""
    partly = is_partly(visit.request)

    async def shown(view: AccountView, allowed: TimeAllowed) -> Response:
        account, id_ = view.row.account, visit.path["attachment"]
        return await _file(visit, lambda: desk.downloads.attachment(account, id_, allowed, partly=partly))

    return await _answered(desk, visit, shown)


async def _file(visit: DeskVisit, opening: Opening) -> Response:
    response = await serve(visit.request, opening, kind=_UNTOUCHABLE)
    response.headers.update({"cross-origin-resource-policy": "same-origin", "x-frame-options": "DENY"})
    return response


async def _answered(
    desk: Desk,
    visit: DeskVisit,
    shown: Callable[[AccountView, TimeAllowed], Awaitable[Response]],
    *,
    framed: bool = False,
) -> Response:
    """Return what `shown` makes, or the page that says why there is nothing to show."""
    view = await desk.accounts.get(visit.path["account"])
    try:
        return await shown(view, TimeAllowed.after(PATIENCE))
    except MessageMoved as error:
        part = "html" if framed else ""
        return moved(message_path(view.row.account, error.new_id, part), "" if framed else "The message was moved.")
    except REFUSALS as error:
        refusal = refusal_of(error)
        if framed:
            words = f"<p>{refusal.title}. {refusal.advice}</p>"
            headers = protection.framed_headers()
            return Response(framed_document(words), refusal.status, headers, media_type="text/html")
        return refused(visit, view, refusal, retry=sent_path(visit.request.scope))


def _page(visit: DeskVisit, view: AccountView, message: MessageObject, way: str) -> Response:
    account, here = view.row.account, message_path(view.row.account, message["id"])
    paths = {
        "accounts": LIST,
        "account": account_path(account),
        "mail": mail_path(account),
        "folder": MailWish(account, message["path"]).path,
        "html": message_path(account, message["id"], "html"),
        "source": message_path(account, message["id"], "source"),
    }
    ways = [("Text", f"{here}?show=text", None), ("Headers", f"{here}?show=headers", None)]
    if _has_html(message):
        ways.insert(0, ("HTML", f"{here}?show=html", None))
    values = {
        **_of_message(account, message),
        "row": view.row,
        "paths": paths,
        "ways": ways,
        "way": way,
        "here_way": f"{here}?show={way}",
        "sandbox": protection.SANDBOX,
    }
    response = page("mail_message.html", visit, values)
    if way == "html":
        response.headers.update(protection.desk_headers(holds_frame=True))
    return response


def _of_message(account: str, message: MessageObject) -> dict[str, object]:
    text = message.get("text", {})
    sender, reply_to = message.get("from"), message.get("replyTo", ())
    files = [file_line(account, each) for each in message.get("attachments", ()) if not each["embedded"]]
    return {
        "subject": take_in(message.get("subject", "")) or "(no subject)",
        "folder_name": take_in(message["path"], longest=200),
        "sender": person(sender) if sender else "",
        "facts": [
            ("To", people(message.get("to", ()))),
            ("Cc", people(message.get("cc", ()))),
            ("Bcc", people(message.get("bcc", ()))),
            ("Reply to", people(reply_to) if reply_to and list(reply_to) != [sender] else ""),
            ("Message-ID", take_in(message.get("messageId", ""), longest=300)),
            ("Size", size_words(message["size"]) if "size" in message else ""),
        ],
        "at": time_of(message),
        "flags": {name: bool(message.get(name)) for name in ("unseen", "answered", "flagged", "draft")},
        "files": files,
        "text": harmless(text.get("plain", "").replace("\r\n", "\n"), lines=True),
        "is_cut": text.get("hasMore", False),
        "headers": header_lines(message.get("headers", {})),
    }


def _has_html(message: MessageObject) -> bool:
    return "html" in message.get("text", {}).get("encodedSize", {})


PAGES: Final = (
    DeskPage("GET", MESSAGE, show),
    DeskPage("GET", f"{MESSAGE}/html", html),
    DeskPage("GET", f"{MESSAGE}/source", source),
    DeskPage("GET", ATTACHMENT, attachment),
)
