"""Every profile is a valid file, and is found by what its server gives away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postroom.connections.quirks.library import FOLDER, by_domain, by_mx, library, matching, read_profile
from postroom.connections.quirks.profile import Profile
from postroom.web.sign_in.languages import DEFAULT, languages

FILES = sorted(FOLDER.glob("*.toml"))


def names(host: str = "mail.example.com", **told: object) -> list[str]:
    return [profile.name for profile in matching(host, **told)]  # type: ignore[arg-type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_fits_the_model(path: Path) -> None:
    profile = read_profile(path)
    assert profile.effects or profile.imap, "a profile says how the server is treated, or where it is"
    for server in (profile.imap, profile.smtp):
        if server is not None:
            assert server.secure == (server.port in (993, 465))
    if profile.imap is not None and profile.match.hosts:
        assert profile in matching(profile.imap.host), "the provider's own server is recognised"


@pytest.mark.parametrize("profile", [each for each in library() if each.app_password], ids=lambda each: each.name)
def test_what_people_are_told_is_there_in_every_language_of_the_pages(profile: Profile) -> None:
    told = profile.app_password
    assert told is not None
    others = set(languages()) - {DEFAULT}
    assert set(told.translations) == others
    links = re.findall(r"https://[^ ,;]+", told.instructions)
    for code in others:
        assert told.instructions_in(code) != told.instructions
        assert re.findall(r"https://[^ ,;]+", told.instructions_in(code)) == links
    assert told.instructions_in(DEFAULT) == told.instructions_in("xx") == told.instructions


def test_all_of_them_are_read() -> None:
    assert len(library()) == len(FILES) > 40


def test_what_can_be_said_of_one_provider_only_is_said_once() -> None:
    for kind in ("mx", "domains"):
        said = [(name, profile.name) for profile in library() for name in getattr(profile.match, kind)]
        assert len({name for name, _ in said}) == len(said), kind


def test_a_host_fits_by_its_end_on_the_border_of_a_label() -> None:
    assert names("IMAP.Mail.ME.com.") == ["iCloud Mail"]
    assert names("notgmail.com") == []
    assert names("gmail.com.example.org") == []


def test_a_host_fits_every_profile_that_names_an_end_of_it() -> None:
    for at, profile in enumerate(library()):
        for end in profile.match.hosts:
            assert library()[at] in matching(end)
            assert library()[at] in matching(f"a.b.{end}")
            assert library()[at] not in matching(f"a{end}")


def test_servers_are_recognised_by_what_they_tell() -> None:
    assert names(greeting="[CAPABILITY IMAP4rev1] Dovecot (Debian) ready.") == ["Dovecot"]
    assert names(capabilities=frozenset({"IMAP4REV1", "X-GM-EXT-1"})) == ["Gmail"]
    assert names(server_id={"name": "Coremail Imap"}) == ["NetEase 163"]
    assert names(greeting="mail Cyrus IMAP 3.6.1 server ready") == ["Cyrus"]
    assert names(greeting="Domino IMAP4 Server Release 9.0 ready") == ["Domino"]
    assert names(server_id={"name": None}) == []
    assert names() == []


def test_domains_of_providers() -> None:
    found = by_domain("Gmail.com")
    assert found is not None
    assert found.name == "Gmail"
    assert by_domain("example.com") is None


@pytest.mark.parametrize(
    ("exchangers", "name"),
    [
        (["aspmx.l.google.com.", "alt1.aspmx.l.google.com."], "Gmail"),
        (["example-com.mail.protection.outlook.com."], "Microsoft 365 and Outlook.com"),
        (["mx-aol.mail.gm0.yahoodns.net"], "AOL Mail"),
        (["mta5.am0.yahoodns.net"], "Yahoo Mail"),
        (["126mx00.mxmail.netease.com"], "NetEase 126"),
        (["mx.zoho.eu"], "Zoho Mail (Europe)"),
        (["in1-smtp.messagingengine.com"], "Fastmail"),
        (["mail.example.com", "aspmx.l.google.com"], "Gmail"),
        (["mail.example.com"], None),
        ([], None),
    ],
)
def test_mail_exchangers_tell_the_provider(exchangers: list[str], name: str | None) -> None:
    found = by_mx(exchangers)
    assert (found.name if found else None) == name
