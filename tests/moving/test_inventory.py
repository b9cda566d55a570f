"""What was found, and the document with the secrets laid over it."""

from __future__ import annotations

from postroom.moving.inventory import Inventory, block, flag, overlaid, text


def test_a_document_over_another_replaces_masks_and_leaves_the_rest() -> None:
    api = Inventory(
        accounts={"ada": {"name": "Ada", "imap": {"host": "imap.example.com", "auth": {"user": "a", "pass": "******"}}}}
    )
    secrets = Inventory(accounts={"ada": {"imap": {"auth": {"pass": "p"}}}, "ben": {"name": "Ben"}})
    assert overlaid(api, secrets).accounts == {
        "ada": {"name": "Ada", "imap": {"host": "imap.example.com", "auth": {"user": "a", "pass": "p"}}},
        "ben": {"name": "Ben"},
    }


def test_a_block_that_is_none_in_one_of_them_is_that_of_the_later() -> None:
    merged = overlaid(
        Inventory(accounts={"ada": {"imap": {"host": "h"}}}), Inventory(accounts={"ada": {"imap": False}})
    )
    assert merged.accounts == {"ada": {"imap": False}}


def test_what_else_was_found_is_kept() -> None:
    api = Inventory(
        settings={"webhooks": "w"}, routes=({"id": "r"},), counted={"templates": 2}, unread=("no gateways",)
    )
    assert overlaid(api, Inventory(settings={"serviceSecret": "s"}, counted={"gateways": 1})) == Inventory(
        settings={"webhooks": "w", "serviceSecret": "s"},
        routes=({"id": "r"},),
        counted={"templates": 2, "gateways": 1},
        unread=("no gateways",),
    )


def test_members_are_read_by_their_kind() -> None:
    document = {
        "imap": False,
        "smtp": {"host": "h"},
        "name": "",
        "email": "a@example.com",
        "logs": "true",
        "copy": None,
    }
    assert block(document, "imap") is None
    assert block(document, "smtp") == {"host": "h"}
    assert (text(document, "name"), text(document, "email"), text(document, "imap")) == (None, "a@example.com", None)
    assert (flag(document, "logs"), flag(document, "copy")) == (True, False)


def test_secrets_are_not_shown() -> None:
    assert "geheim" not in repr(Inventory(accounts={"a": {"pass": "geheim"}}, settings={"serviceSecret": "geheim"}))
