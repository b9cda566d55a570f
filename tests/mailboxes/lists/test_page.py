"""A page of a list as a value."""

from __future__ import annotations

from postroom.mailboxes.lists.page import MessagePage


def test_only_a_list_of_several_folders_can_be_incomplete() -> None:
    page = MessagePage(total=0, page=0, size=20, older=None, newer=None, messages=[])
    assert page.incomplete is None
