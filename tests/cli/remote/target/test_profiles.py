"""The file of profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.cli.exits import CommandLineError
from postroom.cli.remote.target.profiles import (
    NO_PROFILES,
    GatewayProfile,
    Profiles,
    is_private,
    load,
    profiles_file,
    save,
)

HOME = GatewayProfile("https://home.example", 'to"k\\en')
WORK = GatewayProfile("http://127.0.0.1:3000", "work")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "folder" / "profiles.toml"


def test_without_a_file_there_are_none(file: Path) -> None:
    assert load(file) == NO_PROFILES


def test_what_is_saved_is_loaded_and_only_its_owner_can_read_it(file: Path) -> None:
    profiles = NO_PROFILES.added("home", HOME, use=False).added("a.b-c_d", WORK, use=False)
    save(file, profiles)
    save(file, profiles)
    assert load(file) == Profiles({"home": HOME, "a.b-c_d": WORK}, "home")
    assert file.stat().st_mode & 0o777 == 0o600
    assert is_private(file)
    assert list(file.parent.iterdir()) == [file]
    file.chmod(0o640)
    assert not is_private(file)


@pytest.mark.parametrize("current", ['"gone"', "3", '["home"]', "{home = 1}"])
def test_without_a_name_none_is_in_use(file: Path, current: str) -> None:
    file.parent.mkdir()
    file.write_text(f'current = {current}\n[profiles.home]\nurl = "http://h"\ntoken = "t"\n')
    assert load(file).current is None


def test_the_one_in_use() -> None:
    both = NO_PROFILES.added("home", HOME, use=False).added("work", WORK, use=True)
    assert both.current == "work"
    assert both.without("home") == Profiles({"work": WORK}, "work")
    assert both.without("work") == Profiles({"home": HOME}, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a = = b", "cannot be read"),
        (f"a = {'[' * 100_000}", "nested too deeply"),
        ('[profiles.home]\nurl = "u"', "the profile home needs url and token"),
        ("profiles = 1", "it has no"),
        ("[profiles]\nhome = 1", "it has no"),
    ],
)
def test_a_file_that_cannot_be_used(file: Path, text: str, says: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(CommandLineError, match=says):
        load(file)


def test_a_current_one_that_is_gone_is_none(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('current = "gone"')
    assert load(file) == NO_PROFILES


def test_its_place_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert profiles_file() == tmp_path / "postroom" / "profiles.toml"
