"""Codes that are used once."""

from __future__ import annotations

import re

from postroom.access.admins.proof.codes import code_hash, new_code, new_recovery_codes


def test_a_code_can_be_read_aloud_and_is_never_the_same() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch(r"([A-HJKMNP-TV-Z2-9]{4}-){4}[A-HJKMNP-TV-Z2-9]{4}", code) for code in codes)
    recovery = new_recovery_codes()
    assert (len(set(recovery)), {len(code) for code in recovery}) == (10, {14})


def test_case_and_spaces_do_not_matter() -> None:
    assert code_hash("abcd-EFGH") == code_hash(" ABCD efgh ")
    assert code_hash("ABCD-EFGH") != code_hash("ABCD-EFGJ")
    assert code_hash("\ud800") != code_hash("A")
