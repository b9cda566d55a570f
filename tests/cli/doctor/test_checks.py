"""Each check of `postroom doctor`: real folders, ports, settings and keys, and what a person is told to do."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from postroom.cli.doctor import checks
from postroom.cli.doctor.checks import Finding, Level
from postroom.setting_rules import Unknown
from postroom.settings import Settings
from postroom.storage.inspection import Inspection
from postroom.storage.migrate import newest_revision
from postroom.storage.sealing.sealed import PLACES, SealedRow
from postroom.storage.sealing.secrets import KEY_FILE, SecretBox, WrongKey

NOW = 1_800_000_000_000


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)


def only(findings: list[Finding]) -> Finding:
    """Return the one finding; what is not well has advice, what is well has none."""
    (finding,) = findings
    assert (finding.advice == "") is (finding.level is Level.OK)
    return finding


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    """A program that answers every request with this; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Standard error is for what fails."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_folder_that_is_there_and_one_that_will_be_made(tmp_path: Path) -> None:
    there = only(checks.check_data_dir(tmp_path))
    assert there.detail.startswith(f"{tmp_path} is there, ")
    absent = tmp_path / "a" / "b"
    made = only(checks.check_data_dir(absent))
    assert made.detail.startswith(f"{absent} will be made at the first start, ")
    assert there.level is made.level is Level.OK
    assert not absent.exists()


def test_a_file_in_place_of_the_data_directory_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    (finding,) = checks.check_data_dir(tmp_path / "data")
    assert finding.level is Level.FAIL
    assert "POSTROOM_DATA_DIR" in finding.advice


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_SPACE_WANTED", 2**62)
    finding = only(checks.check_data_dir(tmp_path))
    assert finding.level is Level.WARN
    assert finding.detail.endswith(f" MiB free at {tmp_path}")


def test_names_that_are_no_settings_are_told_with_the_one_that_was_meant() -> None:
    unknown = [Unknown("POSTROOM_HOTS", "the environment", "POSTROOM_HOST"), Unknown("colour", "postroom.toml", None)]
    near, far = checks.check_names(unknown)
    assert (near.detail, near.advice) == (
        "POSTROOM_HOTS in the environment is no setting",
        "Did you mean POSTROOM_HOST?",
    )
    assert far.advice == "Take it away; docs/settings.md lists them."
    assert near.level is far.level is Level.WARN
    assert checks.check_names([]) == []


def test_traces_need_their_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_traces(False) == []
    assert only(checks.check_traces(True)).level is Level.OK
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    missing = only(checks.check_traces(True))
    assert missing.level is Level.FAIL
    assert "postroom[server,traces]" in missing.advice


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_nobody_uses_is_free(host: str) -> None:
    with socket.socket() as probe:
        # Bound, but not listening: nobody else gets the port, and `SO_REUSEADDR` lets the check bind it too.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        finding = only(checks.check_port(host, port))
    assert (finding.level, finding.detail) == (Level.OK, f"{host} port {port} is free")


def test_port_zero_is_left_to_the_system() -> None:
    assert only(checks.check_port("127.0.0.1", 0)).detail == "the system will pick one"


def test_an_unknown_host_is_a_failure() -> None:
    (finding,) = checks.check_port("no-such-host.invalid", 3000)
    assert finding.level is Level.FAIL
    assert "POSTROOM_HOST" in finding.advice


def test_postroom_itself_on_the_port_is_fine() -> None:
    with answering(b'{"info": {"title": "Postroom"}}') as port:
        finding = only(checks.check_port("127.0.0.1", port))
    assert (finding.level, finding.detail) == (Level.OK, f"Postroom is running at 127.0.0.1 port {port}")


@pytest.mark.parametrize(
    "body", [b'{"info": {"title": "Another"}}', b"<html>", b"[]", b'{"info": null}', b'{"info": {}}', b""]
)
def test_any_other_program_on_the_port_is_a_failure(body: bytes) -> None:
    with answering(body) as port:
        finding = only(checks.check_port("127.0.0.1", port))
    assert finding.level is Level.FAIL
    assert finding.detail == f"127.0.0.1 port {port} cannot be used: Address already in use"
    assert "POSTROOM_PORT" in finding.advice


def test_postroom_on_every_address_is_found_by_loopback() -> None:
    with answering(b'{"info": {"title": "Postroom"}}') as port:
        finding = only(checks.check_port("0.0.0.0", port))
    assert finding.detail == f"Postroom is running at 0.0.0.0 port {port}"


@pytest.mark.parametrize(
    ("limit", "level", "said"),
    [
        (256, Level.WARN, "256 allowed, enough for 78 connections to mail servers"),
        (65_536, Level.OK, "65536 allowed, enough for "),
    ],
)
def test_the_limit_of_open_files_is_told_in_accounts(tmp_path: Path, limit: int, level: Level, said: str) -> None:
    (finding,) = checks.check_files(settings(tmp_path), limit)
    assert finding.level is level
    assert finding.detail.startswith(said)
    assert ("LimitNOFILE" in finding.advice) is (level is Level.WARN)


def test_a_limit_is_told_for_each_worker(tmp_path: Path) -> None:
    finding = only(checks.check_files(settings(tmp_path, workers=4), 65_536))
    assert finding.detail.startswith("65536 allowed for each worker, ")


def test_a_reserve_that_is_not_whole_is_a_warning(tmp_path: Path) -> None:
    many = settings(tmp_path, webhook_concurrency=1000, max_connections=100_000)
    assert only(checks.check_files(many, 1200)).level is Level.WARN


@pytest.mark.parametrize(
    ("found", "now", "level"),
    [
        (None, NOW, Level.OK),
        (None, 0, Level.FAIL),
        (Inspection("0001", NOW, NOW - 1), NOW, Level.OK),
        (Inspection("0001", NOW + 60_000, None), NOW, Level.WARN),
        (Inspection("0001", NOW, NOW + 60_000), NOW, Level.WARN),
    ],
)
def test_the_clock_is_compared_with_what_is_known(found: Inspection | None, now: int, level: Level) -> None:
    (finding,) = checks.check_clock(found, now)
    assert finding.level is level
    assert ("NTP" in finding.advice) is (level is not Level.OK)


@pytest.mark.parametrize(
    ("found", "level", "said"),
    [
        (Inspection(newest_revision(), NOW, None), Level.OK, f"{newest_revision()}, the newest"),
        (Inspection(None, NOW, None), Level.OK, "the database is empty; the first start makes the tables"),
        (Inspection("0001", NOW, None), Level.WARN, f"0001, and {newest_revision()} is wanted"),
        (Inspection("9999", NOW, None), Level.FAIL, "9999 is not known to this version"),
        (Inspection("9999", NOW, None, oldest="9998"), Level.FAIL, "9999 is not known to this version"),
        (Inspection("9999", NOW, None, oldest="0001"), Level.OK, "9999, of a newer version; this one "),
    ],
)
def test_the_schema_is_that_of_this_version_or_can_become_it(found: Inspection, level: Level, said: str) -> None:
    finding = only(checks.check_schema(found))
    assert finding.level is level
    assert finding.detail.startswith(said)


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({"secret": "one"}, Level.OK),
        ({"secret": "two", "previous_secrets": "one"}, Level.OK),
        ({"secret": "two"}, Level.FAIL),
        ({}, Level.FAIL),
    ],
)
def test_the_key_is_proved_by_the_canary(tmp_path: Path, given: dict[str, str], level: Level) -> None:
    found = Inspection("0001", NOW, None, (SecretBox(("one",)).canary(),))
    (finding,) = checks.check_canary(settings(tmp_path, **given), found)
    assert finding.level is level
    assert (finding.advice != "") is (level is Level.FAIL)


def test_a_database_without_secrets_needs_no_key(tmp_path: Path) -> None:
    finding = only(checks.check_canary(settings(tmp_path), Inspection("0001", NOW, None)))
    assert (finding.level, finding.detail) == (Level.OK, "nothing is encrypted in this database yet")


def test_every_key_that_the_database_was_written_with_is_needed(tmp_path: Path) -> None:
    canaries = tuple(SecretBox((secret,)).canary() for secret in ("one", "two"))
    found = Inspection("0001", NOW, None, canaries)
    assert only(checks.check_canary(settings(tmp_path, secret="two"), found)).level is Level.FAIL
    assert only(checks.check_canary(settings(tmp_path, secret="two", previous_secrets="one"), found)).level is Level.OK


def test_keys_come_from_the_settings_before_the_key_file(tmp_path: Path) -> None:
    assert checks.known_keys(settings(tmp_path)) is None
    (tmp_path / KEY_FILE).write_text("of the file\n")
    sealed = SecretBox(("of the file",)).seal("text", "place")
    of_the_file = checks.known_keys(settings(tmp_path))
    assert of_the_file is not None
    assert of_the_file.open(sealed, "place") == "text"
    of_the_settings = checks.known_keys(settings(tmp_path, secret="another"))
    assert of_the_settings is not None
    with pytest.raises(WrongKey):
        of_the_settings.open(sealed, "place")


def test_an_empty_key_file_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).touch()
    found = Inspection("0001", NOW, None, (SecretBox(("one",)).canary(),))
    assert only(checks.check_canary(settings(tmp_path), found)).level is Level.FAIL


def test_damage_is_told_with_the_way_out() -> None:
    assert only(checks.check_whole("sqlite:///x.db", [])).detail == "sqlite:///x.db answers"
    finding = only(checks.check_whole("sqlite:///x.db", ["page 7 is never used", "row 3 missing"]))
    assert finding.level is Level.FAIL
    assert finding.detail == "sqlite:///x.db is damaged: page 7 is never used; row 3 missing"
    assert "put a backup in its place" in finding.advice


def sealed_rows(count: int) -> list[SealedRow]:
    return [SealedRow(PLACES[0], (number,), f"a{number}", "sealed") for number in range(count)]


def test_secrets_that_no_key_opens_are_named_but_not_all_of_very_many() -> None:
    assert checks.check_sealed([]) == []
    finding = only(checks.check_sealed(sealed_rows(1)))
    assert (finding.level, finding.detail) == (Level.WARN, "it does not open what is stored of the account 'a0'")
    assert only(checks.check_sealed(sealed_rows(12))).detail.endswith("the account 'a9' and 2 more")


def test_what_is_left_under_an_older_secret_is_counted(tmp_path: Path) -> None:
    after = settings(tmp_path, secret="two", previous_secrets="one")
    left = only(checks.check_rotation(after, {"accounts": 3, "settings": 1}))
    assert left.level is Level.WARN
    assert left.detail == "still under an older secret: 3 of accounts, 1 of settings"
    assert "postroom keys rotate" in left.advice
    assert "POSTROOM_PREVIOUS_SECRETS can go" in only(checks.check_rotation(after, {})).detail
    assert checks.check_rotation(settings(tmp_path, secret="two"), {}) == []
