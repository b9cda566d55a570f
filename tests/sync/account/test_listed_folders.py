"""What a list of folders means, and what is left out of it."""

from __future__ import annotations

from postroom.imap.commands.list import Listing
from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import decode_mailbox
from postroom.imap.responses import ListData, StatusData
from postroom.sync.account.listed_folders import understand
from postroom.sync.folder.plan import Told


def listed(raw_name: bytes, *attributes: str) -> ListData:
    return ListData(frozenset(attributes), "/", decode_mailbox(raw_name), raw_name)


def test_folders_that_nobody_can_name_are_left_out_and_told() -> None:
    bad = (b"a\r\nb", b"a\nb", b"a\0b", b"x" * (LONGEST_NAME + 1))
    understood = understand(Listing(tuple(map(listed, (b"INBOX", *bad, b"Sent", b"")))), (), {})
    assert list(understood.folders) == ["INBOX", "Sent"]
    assert understood.folders["Sent"].special_use == "\\Sent"
    assert understood.left_out is not None
    told = understood.left_out
    assert (told.unusable, told.beyond) == (4, 0)
    assert told.names[:3] == ("a%0D%0Ab", "a%0Ab", "a%00b")
    assert len(told.names[3]) == 200


def test_no_more_than_ten_names_are_told() -> None:
    understood = understand(Listing(tuple(listed(b"%d\n" % number) for number in range(50)), left_out=3), (), {})
    assert understood.left_out is not None
    assert (understood.left_out.unusable, understood.left_out.beyond) == (50, 3)
    assert len(understood.left_out.names) == 10


def test_where_nothing_is_left_out_nothing_is_said() -> None:
    assert understand(Listing((listed(b"INBOX"),)), (), {}).left_out is None


def test_accounts_with_equal_folders_keep_one_object_for_each() -> None:
    def again() -> Listing:
        # Texts and sets of their own, as each account's parser makes them.
        return Listing((listed(b"INBOX"), listed(bytes(bytearray(b"Sent")), "\\Sent", "\\HasNoChildren")))

    one, other = understand(again(), (), {}).folders, understand(again(), (), {}).folders
    assert one == other
    assert all(one[path] is other[path] for path in ("INBOX", "Sent"))
    assert understand(again(), (), {"\\Junk": "Sent"}).folders["Sent"].special_use == "\\Junk"


def test_attributes_and_object_ids_are_bounded() -> None:
    many = (*(f"\\A{number}" for number in range(99)), "x" * 101, "\\Marked")
    counters = (StatusData("a", {"MESSAGES": 1, "UIDNEXT": 2**32}, "i" * 256, b"a"),)
    folder = understand(Listing((listed(b"a", *many),), counters), (), {}).folders["a"]
    assert len(folder.attributes) == 30
    assert (folder.object_id, folder.told) == (None, Told(messages=1))
