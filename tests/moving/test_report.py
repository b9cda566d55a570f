"""The report, for people and for programs."""

from __future__ import annotations

import json

from postroom.moving.inventory import Inventory
from postroom.moving.plan import Destination, MovePlan
from postroom.moving.planning import plan_move
from postroom.moving.report import report_document, report_lines
from tests.moving import documents


def plan() -> MovePlan:
    hidden = [documents.password_account(f"u{number}", password=documents.MASK) for number in range(7)]
    accounts = [*hidden, documents.password_account("ada"), documents.password_account("there")]
    return plan_move(
        Inventory(
            accounts={each["account"]: each for each in accounts},
            apps={"AAAB": documents.gmail_app(secret=documents.MASK)},
            settings={"webhooks": "https://user:geheim@example.com/hook"},
            counted={"templates": 2},
        ),
        Destination(accounts=frozenset({"there"})),
    )


def test_people_read_what_they_must_do_first() -> None:
    lines = report_lines(plan())
    assert lines[:3] == [
        "Settings: 3 to be set (movedMessages, registerExisting, webhooks)",
        "OAuth2 applications: 1 waiting for a person",
        "Accounts: 1 to be registered, 1 in Postroom already, 7 waiting for a person",
    ]
    titles = [line for line in lines[3:] if line and not line.startswith(" ")]
    assert titles == ["A person must do something", "No counterpart in Postroom"]
    assert "  7 accounts, u0, u1, u2, u3, u4 and 2 more:" in lines
    assert any(line.startswith("  2 templates:") for line in lines)


def test_programs_get_the_same_whole() -> None:
    document = report_document(plan())
    assert document["accounts"] == {
        "goes": ["ada"],
        "there": ["there"],
        "waits": [f"u{number}" for number in range(7)],
        "stays": [],
    }
    assert document["apps"]["waits"] == ["AAAB"]
    (password,) = [each for each in document["remarks"] if each["cause"] == "password"]
    assert (password["kind"], password["accounts"]) == ("person", [f"u{number}" for number in range(7)])
    assert json.loads(json.dumps(document)) == document


def test_there_are_no_secrets_in_it() -> None:
    everything = "\n".join(report_lines(plan())) + json.dumps(report_document(plan())) + repr(plan())
    assert "geheim" not in everything


def test_nothing_found_is_told_too() -> None:
    assert report_lines(plan_move(Inventory(), Destination())) == [
        "Settings: 0 to be set",
        "OAuth2 applications: none",
        "Accounts: none",
    ]


def test_names_of_others_do_not_steer_the_terminal() -> None:
    hostile = "a\x1b[2Jb\nc"
    found = Inventory(
        accounts={hostile: documents.password_account(hostile, password=documents.MASK)},
        routes=({"name": hostile},),
        apps={hostile: documents.gmail_app(hostile)},
    )
    lines = report_lines(plan_move(found, Destination()))
    assert any("a\ufffd[2Jb c" in line for line in lines)
    assert all(line.isprintable() for line in lines)
