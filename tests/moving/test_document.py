"""docs/moving-from-emailengine.md agrees with the code."""

from __future__ import annotations

import re

from postroom.api.routes.table import ROUTES
from postroom.events.types import ANNOUNCED
from postroom.moving.exported import read_export
from postroom.moving.inventory import Inventory
from postroom.moving.mapping.settings import planned_settings
from tests.house.modules import PROJECT

DOCUMENT = (PROJECT / "docs/moving-from-emailengine.md").read_text(encoding="utf-8")
EVENTS_OF_EMAILENGINE = {
    *("messageNew", "messageDeleted", "messageUpdated", "messageMissing", "messageSent", "messageDeliveryError"),
    *("messageFailed", "messageBounce", "messageComplaint", "mailboxNew", "mailboxDeleted", "mailboxReset"),
    *("accountAdded", "accountInitialized", "accountDeleted", "authenticationSuccess", "authenticationError"),
    *("connectError", "trackOpen", "trackClick", "listUnsubscribe", "listSubscribe", "exportCompleted"),
    "exportFailed",
}


def row(beginning: str) -> str:
    (found,) = re.findall(rf"^\| {re.escape(beginning)}.*$", DOCUMENT, re.MULTILINE)
    return str(found)


def test_the_file_with_secrets_can_be_read() -> None:
    (example,) = re.findall(r"^```json\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    found = read_export(example)
    assert (list(found.accounts), list(found.apps)) == (["ada", "ben"], ["AAABhaBPHscAAAAH"])
    assert found.settings.keys() == {"serviceSecret", "webhooks"}


def test_the_events_that_are_new_to_receivers_are_named() -> None:
    assert len(EVENTS_OF_EMAILENGINE) == 24
    told = set(re.findall(r"`(m\w+)`", row("Events with")))
    assert told == set(ANNOUNCED) - EVENTS_OF_EMAILENGINE


def test_the_settings_that_are_added_are_named() -> None:
    added = planned_settings(Inventory(settings={"notifyText": True}))
    assert added.keys() - {"notifyText"} == {"movedMessages", "registerExisting"}
    assert f'`movedMessages: "{added["movedMessages"]}"`' in DOCUMENT
    assert f'`registerExisting: "{added["registerExisting"]}"`' in DOCUMENT


def test_the_paths_that_are_said_to_be_missing_are() -> None:
    missing = DOCUMENT.partition("## Paths that are not there")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`/.*?) \|", missing, re.MULTILINE)
    paths = [path.rstrip("…").rstrip("/") for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(paths) >= 14
    assert [route.path for route in ROUTES for path in paths if route.path.startswith(path)] == []
    named = set(re.findall(r"(/v1/(?:webhooks|settings/queue/submit|tokens)(?:/\{id\})?)`", missing))
    assert named - {route.path for route in ROUTES} == set()
