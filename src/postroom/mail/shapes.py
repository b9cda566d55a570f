"""The shapes of messages and folders in events and answers. Pure.

Times are ISO 8601 in UTC, sizes are octets. Data that the mail server did not send is left out.
"""

from __future__ import annotations

from typing import Final, Literal, NotRequired, TypeAlias

# Python 3.11 cannot tell a validator which members of its own TypedDict are required.
from typing_extensions import TypedDict

TextKind: TypeAlias = Literal["plain", "html", "*", "new"]
"""Which text of a message: one kind, both, or only what the sender wrote."""

MEMBERS: Final = (
    *("id", "uid", "path", "flags", "unseen", "flagged", "answered", "draft"),
    *("subject", "from", "sender", "replyTo", "to", "cc", "bcc", "messageId", "inReplyTo"),
    *("attachments", "text", "date", "size"),
    *("stableId", "emailId", "threadId", "labels", "messageSpecialUse"),
)
"""The members of a message in a list that callers may ask for."""

RoleSource: TypeAlias = Literal["user", "extension", "name"]
"""The source of a folder's role: the account's settings, the server's attributes, or the folder's name."""


class AddressObject(TypedDict):
    """One address of a header field. Either member may be empty."""

    name: str
    address: str


class AttachmentObject(TypedDict):
    """One attached part. `id` is for `GET …/attachment/{attachment}`, and `encodedSize` is as transferred.

    `content` is the decoded part in base64, if the event carries it.
    """

    id: str
    contentType: str
    encodedSize: int
    embedded: bool
    inline: bool
    filename: NotRequired[str]
    contentId: NotRequired[str]
    method: NotRequired[str]
    content: NotRequired[str]


class TextObject(TypedDict, total=False):
    """The text of a message. `id` is for `GET …/text/{text}`. `encodedSize` is by kind: `plain`, `html`.

    Lists have these two alone. `hasMore` means that a text was cut.

    `webSafe` means that `html` is safe to show in a page. `new` is what the sender wrote, above the `quoted` history
    and the `signature`.
    """

    id: str
    encodedSize: dict[str, int]
    plain: str
    html: str
    new: str
    quoted: str
    signature: str
    hasMore: bool
    webSafe: bool


# This form is needed because `from` is a Python keyword.
MessageObject = TypedDict(
    "MessageObject",
    {
        "id": str,
        "uid": int,
        "path": str,
        "stableId": NotRequired[str],
        "emailId": NotRequired[str],
        "threadId": NotRequired[str],
        "date": NotRequired[str],
        "flags": list[str],
        "labels": NotRequired[list[str]],
        "messageSpecialUse": NotRequired[str],
        "specialUse": NotRequired[str],
        "flagged": NotRequired[bool],
        "answered": NotRequired[bool],
        "draft": NotRequired[bool],
        "unseen": NotRequired[bool],
        "isAutoReply": NotRequired[bool],
        "isBounce": NotRequired[bool],
        "isComplaint": NotRequired[bool],
        "seemsLikeNew": NotRequired[bool],
        "size": NotRequired[int],
        "subject": str,
        "from": NotRequired[AddressObject],
        "sender": NotRequired[AddressObject],
        "replyTo": NotRequired[list[AddressObject]],
        "to": list[AddressObject],
        "cc": NotRequired[list[AddressObject]],
        "bcc": NotRequired[list[AddressObject]],
        "messageId": NotRequired[str],
        "inReplyTo": NotRequired[str],
        "headers": NotRequired[dict[str, list[str]]],
        "attachments": NotRequired[list[AttachmentObject]],
        "text": NotRequired[TextObject],
    },
)
"""A message in events and answers. Only the answer about one message has `specialUse`, the role of its folder."""


class FolderCounters(TypedDict, total=False):
    """The counters of a folder when it was listed. `error` says why the server gave none."""

    messages: int
    unseen: int
    error: str


class FolderObject(TypedDict):
    """A folder in a list. `specialUse` and `specialUseSource` are present if it has a role.

    `id` is the server's own id of it (MAILBOXID, RFC 8474), and `noSelect` means that it cannot be opened. `messages`
    and `uidNext` are as the server told them last. `status` is present when counters were asked for.
    """

    path: str
    name: str
    delimiter: str | None
    parentPath: str
    listed: bool
    subscribed: bool
    noInferiors: bool
    id: NotRequired[str]
    noSelect: NotRequired[bool]
    specialUse: NotRequired[str]
    specialUseSource: NotRequired[RoleSource]
    messages: NotRequired[int]
    uidNext: NotRequired[int]
    status: NotRequired[FolderCounters]
