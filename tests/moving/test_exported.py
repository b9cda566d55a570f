"""Files with accounts: as EmailEngine exports them, and as people write them."""

from __future__ import annotations

import json

import pytest

from postroom.moving.exported import ExportUnreadable, read_export
from tests.moving import documents

ADA, BEN = documents.password_account("ada"), documents.oauth2_account("ben")


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ADA) + "\n" + json.dumps(BEN),
        json.dumps(ADA, indent=2) + json.dumps(BEN, indent=2),
        json.dumps([ADA, BEN]),
        "\ufeff" + json.dumps({"accounts": [ADA, BEN]}),
        json.dumps({"accounts": {"ada": ADA, "ben": BEN}}),
        json.dumps([ADA]) + "\n\n" + json.dumps({"accounts": [BEN]}) + "\n",
    ],
    ids=["lines", "one after the other", "list", "object with a BOM", "by id", "mixed"],
)
def test_accounts_are_read_from_every_form(content: str) -> None:
    assert read_export(content).accounts == {"ada": ADA, "ben": BEN}


def test_a_file_with_secrets_has_parts_only() -> None:
    content = {
        "accounts": {"ada": {"imap": {"auth": {"pass": "p"}}}},
        "oauth2": {"AAAB": {"clientSecret": "s"}},
        "settings": {"serviceSecret": "t"},
    }
    found = read_export(json.dumps(content))
    assert found.accounts == {"ada": {"account": "ada", "imap": {"auth": {"pass": "p"}}}}
    assert found.apps == {"AAAB": {"id": "AAAB", "clientSecret": "s"}}
    assert found.settings == {"serviceSecret": "t"}


def test_an_application_is_told_from_an_account() -> None:
    app = documents.gmail_app()
    found = read_export(json.dumps(app) + json.dumps(ADA))
    assert (found.apps, found.accounts) == ({"AAAB": app}, {"ada": ADA})


def test_an_empty_file_has_nothing() -> None:
    assert read_export(" \n") == read_export("[]")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"account": "a"}\n{"geheim', "line 2"),
        ('{"account": "a"}\n\n{"pass": "geheim"}', "begins in line 3 is neither an account"),
        ('["geheim"]', "no JSON object"),
        ('{"accounts": [{"pass": "geheim"}]}', "without `account`"),
        ('{"accounts": "geheim"}', "without `account`"),
        ('{"accounts": {"a": "geheim"}}', "an object must be"),
        ('{"settings": "geheim"}', "an object must be"),
        ('{"account": "geheim", "a": ' + "9" * 5000 + "}", "line 1 cannot be read"),
        ('{"account": "geheim", "a": ' + "[" * 100_000, "line 1 cannot be read"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_content(content: str, words: str) -> None:
    with pytest.raises(ExportUnreadable, match=words) as refused:
        read_export(content)
    assert "geheim" not in str(refused.value)


def test_an_account_and_its_secrets_may_stand_in_one_file() -> None:
    masked = documents.password_account("ada", password=documents.MASK)
    secrets = {"accounts": {"ada": {"imap": {"auth": {"pass": "p"}}, "smtp": {"auth": {"pass": "p"}}}}}
    found = read_export(json.dumps(masked) + json.dumps(secrets))
    assert found.accounts == {"ada": documents.password_account("ada", password="p")}


def test_a_large_export_is_read() -> None:
    lines = [json.dumps({**ADA, "account": str(number)}, indent=1) for number in range(5000)]
    assert len(read_export("\n".join(lines)).accounts) == 5000
    with pytest.raises(ExportUnreadable, match=f"line {(lines[0].count(chr(10)) + 1) * 5000 + 1} is neither"):
        read_export("\n".join([*lines, "{}"]))
