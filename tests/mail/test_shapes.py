"""The shapes say what really goes out: every member of recorded messages, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, get_origin, get_type_hints

import orjson

from postroom.mail.folder import folder_object
from postroom.mail.roles import Role
from postroom.mail.shapes import AddressObject, AttachmentObject, FolderObject, MessageObject, TextObject
from tests.mail.test_wire import RECORDED

MESSAGES: list[dict[str, Any]] = [orjson.loads(each["expected"]) for each in RECORDED]


def odd(value: Mapping[str, Any], shape: Any) -> set[str]:
    """Members that are missing, and those that the shape does not know."""
    hints = get_type_hints(shape, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired or not shape.__total__}
    return (set(hints) - optional - set(value)) | (set(value) - set(hints))


def addresses(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for member in ("from", "sender"):
        if member in message:
            yield message[member]
    for member in ("to", "cc", "bcc", "replyTo"):
        yield from message.get(member, ())


def test_messages_have_the_members_of_their_shapes() -> None:
    for message in MESSAGES:
        assert odd(message, MessageObject) == set()
        assert odd(message.get("text", {}), TextObject) == set()
        assert [each for each in message.get("attachments", ()) if odd(each, AttachmentObject)] == []
        assert [each for each in addresses(message) if odd(each, AddressObject)] == []


def test_every_member_has_been_seen() -> None:
    seen = {member for message in MESSAGES for member in message}
    # The recorded answers have no header fields. These members are seen in test_nature and in the sync's test_arrivals.
    # The role of the folder is in the answer about one message alone; see the tests of reading.
    assert set(get_type_hints(MessageObject)) == seen | {
        "isAutoReply",
        "isBounce",
        "isComplaint",
        "seemsLikeNew",
        "specialUse",
    }
    attached = {member for message in MESSAGES for each in message.get("attachments", ()) for member in each}
    assert set(get_type_hints(AttachmentObject)) == attached


def test_a_folder_without_a_role_has_no_source() -> None:
    assert odd(folder_object("a", "/", (), None), FolderObject) == set()
    assert odd(folder_object("a", "/", (), Role("\\Sent", "user")), FolderObject) == set()
