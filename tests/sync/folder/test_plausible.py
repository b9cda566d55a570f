"""What no mail server can mean."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mail.flags import is_sane_flag
from postroom.mail.limits import LONGEST_FLAG
from postroom.sync.folder.plan import Known, Told
from postroom.sync.folder.plausible import (
    MOST_MESSAGES,
    MOST_MISSING,
    Implausible,
    check_count,
    check_found,
    check_identity,
    check_missing,
)


def test_real_mailboxes_are_plausible() -> None:
    check_count(MOST_MESSAGES)
    check_missing(MOST_MISSING)
    check_found(UidSet([(1, 10_000)]), 0)
    check_found(UidSet([(1, 3_000_000)]), 2_000_000)
    check_identity(Known(uidvalidity=7), Told(uidvalidity=7))


def test_what_cannot_be_is_said_in_numbers() -> None:
    with pytest.raises(Implausible, match="20,000,001 messages, of 20,000,000 at most"):
        check_count(MOST_MESSAGES + 1)
    with pytest.raises(Implausible, match="more than 10,000 in one folder"):
        check_missing(MOST_MISSING + 1)
    with pytest.raises(Implausible, match="found 4,294,967,295 messages in a folder that holds 5"):
        check_found(UidSet.beginning(1), 5)


@pytest.mark.parametrize("told", [Told(), Told(uidvalidity=8)])
def test_another_folder_under_a_known_name_is_not_believed(told: Told) -> None:
    with pytest.raises(Implausible, match="another one under this name"):
        check_identity(Known(uidvalidity=7), told)


@pytest.mark.parametrize(
    ("flag", "sane"),
    [
        ("\\Seen", True),
        ("ä b", True),
        ("👨\u200d👩", True),
        ("a\nb", False),
        ("\x1b[2J", False),
        ("x" * LONGEST_FLAG, True),
    ],
)
def test_flags_are_fit_to_be_shown(flag: str, sane: bool) -> None:
    assert is_sane_flag(flag) is sane
    assert not is_sane_flag("x" * (LONGEST_FLAG + 1))
