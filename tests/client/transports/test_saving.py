"""A download takes its place when it is whole, and no other file's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from postroom.client.attached import Attached
from postroom.client.transports.saving import saving

FILE = Attached("setup.py", "text/plain", None, "")


def save(target: Path, content: bytes) -> Path:
    with saving(target, FILE) as file:
        file.written.write(content)
        return file.finish()


def test_in_a_folder_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_bytes(b"mine")
    assert save(tmp_path, b"one") == tmp_path / "setup-2.py"
    assert save(tmp_path, b"two") == tmp_path / "setup-3.py"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "setup.py": b"mine",
        "setup-2.py": b"one",
        "setup-3.py": b"two",
    }


def test_a_path_that_is_named_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    assert save(tmp_path / "x", b"after") == tmp_path / "x"
    assert (tmp_path / "x").read_bytes() == b"after"


def test_two_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    with saving(tmp_path, FILE) as one, saving(tmp_path, FILE) as two:
        for file, octet in ((one, b"1"), (two, b"2"), (one, b"1")):
            file.written.write(octet)
        places = [one.finish(), two.finish()]
    assert [place.read_bytes() for place in places] == [b"11", b"2"]


def test_what_is_not_finished_is_removed(tmp_path: Path) -> None:
    with suppress(ConnectionError), saving(tmp_path, FILE) as file:
        file.written.write(b"half")
        raise ConnectionError
    assert list(tmp_path.iterdir()) == []
