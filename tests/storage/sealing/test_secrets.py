"""Sealed values open only with their key and in their place; the key file is made once."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.storage.sealing.secrets import KEY_FILE, SecretBox, WrongKey, load_or_make_key_file, read_key_file

BOX = SecretBox(("old secret",))


@given(st.text(), st.text())
def test_what_was_sealed_opens_again(plaintext: str, context: str) -> None:
    sealed = BOX.seal(plaintext, context)
    assert BOX.open(sealed, context) == plaintext
    # A short text may stand in base64 by chance.
    assert len(plaintext) < 12 or plaintext not in sealed


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert BOX.seal("x", "a") != BOX.seal("x", "a")


def test_a_value_moved_to_another_place_is_refused() -> None:
    with pytest.raises(WrongKey, match="does not belong"):
        BOX.open(BOX.seal("password", "account:a"), "account:b")


def test_another_secret_is_named_by_its_key_and_what_to_do() -> None:
    with pytest.raises(WrongKey, match="POSTROOM_PREVIOUS_SECRETS"):
        SecretBox(("new secret",)).open(BOX.seal("password", "a"), "a")


@pytest.mark.parametrize("damage", [lambda s: s[:-5], lambda s: s + "!", lambda s: "v2" + s[2:], lambda s: s[:12]])
@pytest.mark.parametrize("value", ["", "password", "x" * 1000])
def test_a_damaged_value_is_refused(value: str, damage: object) -> None:
    with pytest.raises(WrongKey):
        BOX.open(damage(BOX.seal(value, "a")), "a")  # type: ignore[operator]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(WrongKey):
        BOX.open(text, "a")


def test_every_changed_byte_is_noticed() -> None:
    sealed = BOX.seal("password", "a")
    for place in range(sealed.rindex(".") + 1, len(sealed)):
        changed = "A" if sealed[place] != "A" else "B"
        with pytest.raises(WrongKey):
            BOX.open(sealed[:place] + changed + sealed[place + 1 :], "a")


def test_after_a_rotation_old_values_open_and_new_ones_are_under_the_new_key() -> None:
    rotated = SecretBox(("new secret", "old secret"))
    old, new = BOX.seal("password", "a"), rotated.seal("password", "a")
    assert rotated.open(old, "a") == rotated.open(new, "a") == "password"
    assert (rotated.is_current(old), rotated.is_current(new)) == (False, True)
    with pytest.raises(WrongKey):
        BOX.open(new, "a")


def test_a_canary_proves_the_key() -> None:
    BOX.check_canary(BOX.canary())
    with pytest.raises(WrongKey):
        SecretBox(("another",)).check_canary(BOX.canary())
    with pytest.raises(WrongKey):
        BOX.check_canary(BOX.seal("postroom", "account:a"))


@pytest.mark.parametrize("secrets", [(), ("",), ("a", "")])
def test_a_box_needs_secrets(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        SecretBox(secrets)


def test_a_box_does_not_print_its_secrets() -> None:
    assert "old secret" not in repr(BOX)
    assert "old secret" not in repr(vars(BOX))


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    secret, made = load_or_make_key_file(folder)
    assert made
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert load_or_make_key_file(folder) == (secret, False)
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_a_key_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("chosen by hand\n")
    assert load_or_make_key_file(tmp_path) == ("chosen by hand", False)
    assert (tmp_path / KEY_FILE).read_text() == "chosen by hand\n"


def test_an_empty_key_file_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("\n")
    with pytest.raises(WrongKey, match="is empty"):
        load_or_make_key_file(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "\n"


def test_no_key_file_is_no_secret(tmp_path: Path) -> None:
    assert read_key_file(tmp_path) is None


def test_many_that_make_the_key_file_at_once_get_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: load_or_make_key_file(tmp_path), range(64)))
    assert len({secret for secret, _ in found}) == 1
    assert sum(made for _, made in found) == 1


@given(st.binary(), st.text())
def test_octets_that_were_sealed_open_again(plain: bytes, context: str) -> None:
    sealed = BOX.seal_octets(plain, context)
    assert BOX.open_octets(sealed, context) == plain
    assert BOX.open_octets(BOX.seal_octets(memoryview(plain), context), context) == plain
    assert BOX.names_key(sealed[:30].decode("ascii", "replace"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s[:-1],
        lambda s: s[:14],
        lambda s: s[:25],
        lambda s: b"v2" + s[2:],
        lambda s: b"",
        lambda s: b"\xff" + s,
    ],
)
def test_damaged_octets_are_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(WrongKey):
        BOX.open_octets(damage(BOX.seal_octets(b"x" * 40, "a")), "a")


def test_octets_moved_to_another_place_or_under_another_key_are_refused() -> None:
    sealed = BOX.seal_octets(b"x", "submission:a:0")
    with pytest.raises(WrongKey, match="does not belong"):
        BOX.open_octets(sealed, "submission:a:1")
    with pytest.raises(WrongKey, match="POSTROOM_PREVIOUS_SECRETS"):
        SecretBox(("new secret",)).open_octets(sealed, "submission:a:0")


def test_the_other_keys_of_a_box_are_told_by_their_prefixes() -> None:
    box = SecretBox(("new secret", "old secret"))
    assert box.older_prefixes == (BOX.current_prefix,)
    assert BOX.older_prefixes == ()
    assert len(box.current_prefix) == len(BOX.current_prefix)
