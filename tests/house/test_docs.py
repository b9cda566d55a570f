"""House rule: every setting, route, event and command is documented, and the documents agree with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from standardwebhooks import Webhook

from postroom.accounts.lifecycle import Health, State, Trigger, mermaid
from postroom.api.routes.table import ROUTES
from postroom.cli.exits import ExitStatus
from postroom.cli.program import program
from postroom.configuration.keys import KEYS
from postroom.connections.failure_rules import ADVICE, RULES
from postroom.connections.failures import NO_TURN
from postroom.events.types import ANNOUNCED, EVENT_NAMES
from postroom.settings import Settings
from postroom.webhooks.endpoints.signing import derive_secret, service_signature, standard_signature
from tests.house.modules import PROJECT

DOCS = PROJECT / "docs"
PAGES = sorted([PROJECT / "README.md", PROJECT / "CHANGELOG.md", *DOCS.rglob("*.md")])


def page(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def rows(document: str, columns: int) -> dict[str, list[str]]:
    """The rows of all tables with this many columns, by the text of the first cell."""
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in document.splitlines() if line[:2] == "| "
    ]
    return {row[0].strip("`"): row[1:] for row in cells if len(row) == columns}


def shown(default: Any) -> str:
    """A default as the settings page writes it."""
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return f"`{','.join(f'{value:g}' for value in default)}`"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def commands(group: Any, prefix: str = "postroom") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}"


def options(command: Any) -> set[str]:
    """The options of a command and of those below it."""
    own = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return own.union(*(options(each) for each in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented_with_its_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    documented = rows(page("docs/settings.md"), 3)
    assert documented.get(f"POSTROOM_{name.upper()}") == [shown(field.default), field.description]


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {f"POSTROOM_{name.upper()}" for name in Settings.model_fields}
    # The address of a gateway is for the commands that call one.
    known |= {"POSTROOM_URL"}
    everywhere = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    assert set(re.findall(r"POSTROOM_[A-Z_]+", everywhere)) - known <= {"POSTROOM_"}


def test_the_routes_are_documented_as_they_are() -> None:
    documented = {name: row[0] for name, row in rows(page("docs/api.md"), 3).items() if "/" in name}
    assert documented == {f"{route.method} {route.path}": route.summary for route in ROUTES}


def test_every_run_time_setting_is_documented() -> None:
    first_cells = re.findall(r"^\| (`[^|]+`) \|", page("docs/api.md"), re.MULTILINE)
    documented = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert documented >= set(KEYS)


def test_every_event_is_documented_where_it_belongs() -> None:
    document = page("docs/events.md")
    assert set(rows(document, 3)) - {"Event", "---"} == set(ANNOUNCED)
    others = document.partition("## Known names")[2]
    assert {name for name in re.findall(r"`(\w+)`", others) if name != "webhookEvents"} == set(EVENT_NAMES) - set(
        ANNOUNCED
    )


def test_the_state_diagram_is_the_one_drawn_from_the_table() -> None:
    assert f"```mermaid\n{mermaid()}```" in page("docs/lifecycle.md")


def test_every_state_trigger_and_health_has_its_meaning() -> None:
    assert set(rows(page("docs/lifecycle.md"), 2)) >= {each.value for each in (*State, *Trigger, *Health)}


def test_every_code_of_a_failed_connection_has_its_meaning() -> None:
    ours = {name.partition(" ")[0] for name in ADVICE} - {"other"} | NO_TURN
    ours |= {rule.code for rule in RULES if not rule.code[0].isdigit()}
    table = page("docs/lifecycle.md").partition("## Codes")[2].partition("## ")[0]
    assert ours - set(re.findall(r"`(\w+)`", table)) == set()


def test_every_refusal_before_the_api_is_documented() -> None:
    codes = set(re.findall(r'"([A-Z]\w+)"', page("src/postroom/server/refusals.py"))) - {"Refused"}
    assert codes <= set(rows(page("docs/api.md"), 3))


def test_every_room_is_on_the_map() -> None:
    places = [place for place in (PROJECT / "src" / "postroom").iterdir() if not place.name.startswith("_")]
    rooms = [place.name for place in places if place.suffix == ".py" or (place / "__init__.py").exists()]
    (tree,) = re.findall(r"^src/postroom/\n(.*?)^tests/", page("docs/architecture.md"), re.MULTILINE | re.DOTALL)
    on_the_map = set(re.findall(r"[\w]+(?:/|\.py)(?=\s|$)", tree))
    assert [room for room in rooms if room not in on_the_map and f"{room}/" not in on_the_map] == []


def test_every_folder_of_a_room_is_on_the_map() -> None:
    source = PROJECT / "src" / "postroom"
    (tree,) = re.findall(r"^src/postroom/\n(.*?)^tests/", page("docs/architecture.md"), re.MULTILINE | re.DOTALL)
    entries = {
        room: entry
        for names, entry in re.findall(r"^  (?=\S)((?:[\w.]+/?  ?)+)(.*?)(?=^  \S|\Z)", tree, re.MULTILINE | re.DOTALL)
        for room in re.findall(r"[\w]+", names)
    }
    folders = [file.parent.relative_to(source).parts for file in source.rglob("__init__.py")]
    missing = [
        "/".join(each) for each in folders if len(each) > 1 and not re.search(rf"\b{each[-1]}\b", entries[each[0]])
    ]
    assert missing == []


def test_no_package_is_without_its_docstring() -> None:
    folders = {file.parent for file in (PROJECT / "src" / "postroom").rglob("*.py")}
    versions = PROJECT / "src" / "postroom" / "storage" / "migrations"
    assert [
        each
        for each in sorted(folders)
        if not (each / "__init__.py").exists() and versions not in (each, *each.parents)
    ] == []


def test_every_command_is_documented() -> None:
    everywhere = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    missing = [name for name in commands(typer.main.get_command(program())) if name not in everywhere]
    assert missing == []


def test_the_options_on_the_page_of_the_command_line_exist() -> None:
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page("docs/cli.md")))
    assert documented - options(typer.main.get_command(program())) == {"--help"}


def test_every_exit_status_has_its_meaning() -> None:
    documented = {name for name in rows(page("docs/cli.md"), 2) if name.isdecimal()}
    assert documented == {str(status.value) for status in ExitStatus}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


def test_the_example_of_checking_a_signature_works() -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```$", page("docs/webhooks.md"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    body = b'{"event":"messageNew"}'
    assert names["is_authentic"](body, service_signature("secret", body), "secret")
    assert not names["is_authentic"](body + b" ", service_signature("secret", body), "secret")
    assert names["standard_webhooks_key"]("secret") == derive_secret("secret")


def test_the_key_of_the_example_opens_a_standard_webhook() -> None:
    import time

    now = int(time.time())
    key = derive_secret("secret")
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(now),
        "webhook-signature": standard_signature((key,), "1", now, b'{"a":1}'),
    }
    assert Webhook(key).verify(b'{"a":1}', headers) == {"a": 1}
