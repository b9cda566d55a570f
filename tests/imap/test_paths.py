"""Paths of folders: one for each folder, the same every time, whatever else is listed."""

from __future__ import annotations

import itertools

import pytest

from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.paths import as_written, is_usable, name_folders
from postroom.imap.responses import ListData

RAW, ENCODED, LATIN = "Entwürfe".encode(), b"Entw&APw-rfe", b"Entw\xfcrfe"


def listed(*names: bytes, delimiter: str | None = "/", attributes: tuple[str, ...] = ()) -> list[ListData]:
    return [ListData(frozenset(attributes), delimiter, normalise_inbox(decode_mailbox(each)), each) for each in names]


def paths(folders: list[ListData], known: tuple[str, ...] = ()) -> dict[bytes, str]:
    return {each.raw_name: path for path, each in name_folders(folders, known).items()}


def test_ordinary_names_are_their_own_paths_in_the_servers_order() -> None:
    folders = listed(b"Work", b"inbox", ENCODED, b"A &- B", b"Work/")
    assert list(name_folders(folders)) == ["Work", "INBOX", "Entwürfe", "A & B", "Work/"]


@pytest.mark.parametrize("order", list(itertools.permutations((RAW, ENCODED, LATIN))))
def test_names_that_read_alike_have_the_same_paths_in_any_order(order: tuple[bytes, ...]) -> None:
    assert paths(listed(*order)) == {ENCODED: "Entwürfe", RAW: "Entw%C3%BCrfe", LATIN: "Entw%FCrfe"}


def test_a_name_alone_is_read_whatever_way_it_is_written() -> None:
    assert paths(listed(RAW)) == {RAW: "Entwürfe"}
    assert paths(listed(LATIN)) == {LATIN: "Entwürfe"}


def test_a_path_that_was_given_out_stays_when_the_other_folder_is_gone() -> None:
    assert paths(listed(RAW), known=("Entw%C3%BCrfe",)) == {RAW: "Entw%C3%BCrfe"}
    # Of two irregular names the one that was first keeps its path.
    assert paths(listed(RAW, LATIN), known=("Entwürfe", "Entw%C3%BCrfe")) == {LATIN: "Entwürfe", RAW: "Entw%C3%BCrfe"}
    assert paths(listed(RAW, LATIN), known=("Entwürfe", "Entw%FCrfe")) == {RAW: "Entwürfe", LATIN: "Entw%FCrfe"}


def test_ampersands_that_are_written_in_two_ways() -> None:
    assert paths(listed(b"A & B", b"A &- B")) == {b"A &- B": "A & B", b"A & B": "A %26 B"}


def test_a_path_that_another_folder_has_for_its_name_is_not_taken() -> None:
    found = paths(listed(RAW, ENCODED, b"Entw%C3%BCrfe"))
    assert found == {ENCODED: "Entwürfe", b"Entw%C3%BCrfe": "Entw%C3%BCrfe", RAW: "Entw%C3%BCrfe%"}


def test_what_is_listed_twice_is_one_folder_with_all_that_is_said_of_it() -> None:
    twice = [*listed(b"Sent", attributes=("\\Noselect",)), *listed(b"Work"), *listed(b"Sent", attributes=("\\Sent",))]
    found = name_folders(twice)
    assert list(found) == ["Sent", "Work"]
    assert found["Sent"].attributes == {"\\Sent"}


def test_inbox_is_one_folder_in_whatever_letters() -> None:
    found = name_folders([*listed(b"Inbox", attributes=("\\Marked",)), *listed(b"INBOX")])
    assert list(found) == ["INBOX"]
    assert name_folders(listed(b"Inbox/Work", b"INBOX/Work")).keys() == {"Inbox/Work", "INBOX/Work"}


def test_a_place_for_folders_is_not_a_folder_of_its_own() -> None:
    place = listed(b"Work/", attributes=("\\Noselect",))
    assert list(name_folders([*place, *listed(b"Work")])) == ["Work"]
    assert list(name_folders(place)) == ["Work/"]
    # Two that can be opened are two.
    assert list(name_folders(listed(b"Work", b"Work/"))) == ["Work", "Work/"]


def test_names_as_written_differ_whenever_the_octets_do() -> None:
    assert as_written(b"a%26b&\xff \x01") == "a%2526b%26%FF %01"


@pytest.mark.parametrize(
    ("name", "usable"),
    [
        *((name, True) for name in (b"INBOX", RAW, LATIN, b"a\x7fb", b"x" * LONGEST_NAME)),
        *((name, False) for name in (b"", b"a\rb", b"a\nb", b"a\0b", b"x" * (LONGEST_NAME + 1))),
        # Each octet is a letter of two octets in UTF-8.
        (b"\xe4" * (LONGEST_NAME // 2), True),
        (b"\xe4" * (LONGEST_NAME // 2 + 1), False),
    ],
)
def test_a_name_that_cannot_be_sent_back_or_stored_is_of_no_use(name: bytes, usable: bool) -> None:
    assert is_usable(listed(name)[0]) is usable
