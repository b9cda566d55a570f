"""What of an invalid body can be used all the same."""

from __future__ import annotations

from postroom.schemas.checking.usable import Unusable, usable
from postroom.schemas.requests.accounts import NewAccount


def test_valid_fields_come_out_as_validation_makes_them() -> None:
    body = {"name": " Ada ", "imap": {"port": "993", "secure": "Y", "auth": {"user": "u", "pass": 5}}, "bogus": 1}
    found = usable(NewAccount, body, {})
    assert (found["name"], found["imap"]["port"], found["imap"]["secure"]) == ("Ada", 993, True)
    assert found["imap"]["auth"]["user"] == "u"
    assert isinstance(found["imap"]["auth"]["pass"], Unusable)
    assert "bogus" not in found
    assert "account" not in found


def test_what_cannot_be_used_is_there_and_equals_nothing() -> None:
    found = usable(NewAccount, {"imap": "secret", "metadata": {"a": 1}, "webhooksCustomHeaders": [{"key": 1}, 5]}, {})
    assert all(isinstance(found[name], Unusable) for name in ("imap", "metadata", "webhooksCustomHeaders"))
    assert found["imap"]
    assert found["imap"] not in (None, "", [], {})
    assert "secret" not in repr(found)
