"""Hashes of passwords."""

from __future__ import annotations

from postroom.access.admins.passwords import hash_password, verify_password


async def test_only_the_right_password_fits_and_two_hashes_differ() -> None:
    one, other = await hash_password("three unrelated words"), await hash_password("three unrelated words")
    assert one.startswith("$argon2id$")
    assert one != other
    assert await verify_password(one, "three unrelated words")
    assert not await verify_password(one, "three unrelated word")


async def test_without_a_password_nothing_fits_and_damage_is_no_fault() -> None:
    assert not await verify_password(None, "")
    assert not await verify_password(None, "three unrelated words")
    assert not await verify_password("damaged", "three unrelated words")
