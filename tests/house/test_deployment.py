"""House rule: the deployment files parse, and name only settings, commands and ports that exist."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from postroom import __version__
from postroom.api.routes.table import ROUTES
from postroom.settings import Settings
from tests.house.modules import PROJECT

CHART = PROJECT / "deploy" / "helm" / "postroom"
FILES = [
    PROJECT / "Dockerfile",
    PROJECT / "compose.yaml",
    *(path for path in sorted((PROJECT / "deploy").rglob("*")) if path.is_file()),
]
KNOWN = {f"POSTROOM_{name.upper()}" for name in Settings.model_fields}
PORT = str(Settings.model_fields["port"].default)


def document(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_only_settings_that_there_are_are_named(path: Path) -> None:
    named = set(re.findall(r"POSTROOM_[A-Z][A-Z0-9_]*[A-Z0-9]", path.read_text(encoding="utf-8")))
    assert named - KNOWN == set()


def test_the_image_listens_where_it_is_asked_for_its_health() -> None:
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^EXPOSE (\d+)$", text, re.MULTILINE) == [PORT]
    assert f"http://127.0.0.1:{PORT}/health" in text
    last_stage = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "pip" not in last_stage
    assert last_stage.rstrip().endswith('ENTRYPOINT ["postroom"]\nCMD ["serve", "--host", "0.0.0.0"]')


def test_the_image_copies_only_what_is_there_and_not_ignored() -> None:
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    kept = {line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {
        source for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for source in line.split()[:-1]
    }
    assert copied == kept
    assert all((PROJECT / source).exists() for source in copied)


def test_containers_are_confined_and_their_secrets_are_asked_for() -> None:
    services = document(PROJECT / "compose.yaml")["services"]
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert any(str(each).startswith("/tmp") for each in service["tmpfs"])
    for name in ("postroom", "postroom-sqlite"):
        assert services[name]["environment"]["POSTROOM_SECRET"].startswith("${POSTROOM_SECRET:?")
        assert services[name]["ports"][0].endswith(f":{PORT}")


def test_no_profile_of_compose_asks_for_the_secrets_of_the_other() -> None:
    text = (PROJECT / "compose.yaml").read_text(encoding="utf-8")
    # Compose substitutes variables in every service, even if its profile is not used.
    assert set(re.findall(r"\$\{(\w+):\?", text)) == {"POSTROOM_SECRET"}


def filled_in(text: str, given: dict[str, str]) -> str:
    """Return a value after Compose's substitution."""
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: given.get(found[1], found[2] or ""), text)


def test_a_password_for_compose_may_be_made_of_anything() -> None:
    given = {"POSTGRES_PASSWORD": "p@ss/w:rd#%?", "POSTROOM_SECRET": "s"}
    environment = document(PROJECT / "compose.yaml")["services"]["postroom"]["environment"]
    settings: dict[str, Any] = {
        name.removeprefix("POSTROOM_").lower(): filled_in(value, given) for name, value in environment.items()
    }
    url = urlsplit(Settings(**settings).resolved_database_url)
    assert (url.hostname, url.path, url.username) == ("postgres", "/postroom", "postroom")
    assert unquote(url.password or "") == given["POSTGRES_PASSWORD"]


def test_compose_passes_the_settings_of_the_env_file_on_and_keeps_its_own() -> None:
    services = document(PROJECT / "compose.yaml")["services"]
    for name in ("postroom", "postroom-sqlite"):
        assert services[name]["env_file"] == [{"path": ".env", "required": False}]
        # POSTROOM_PORT of .env is the port on the machine. The others would lead away from the volume.
        fixed = services[name]["environment"]
        assert (fixed["POSTROOM_PORT"], fixed["POSTROOM_DATA_DIR"]) == (PORT, "/data")
        assert "POSTROOM_DATABASE_URL" in fixed
    sqlite = services["postroom-sqlite"]["environment"]
    assert Settings(database_url=sqlite["POSTROOM_DATABASE_URL"]).sqlite_file == Path("/data/postroom.db")


def test_the_chart_asks_for_liveness_where_no_database_is_asked() -> None:
    template = (CHART / "templates" / "deployment.yaml").read_text(encoding="utf-8")
    paths = dict(re.findall(r"(\w+)Probe:\n\s+httpGet:\n\s+path: (\S+)", template))
    assert paths == {"startup": "/health", "readiness": "/health", "liveness": "/health/live"}
    assert set(paths.values()) <= {route.path for route in ROUTES if route.needs is None}
    values = document(CHART / "values.yaml")
    bound = Settings.model_fields["shutdown_timeout"].default
    assert values["preStopSeconds"] + bound < values["terminationGracePeriodSeconds"]


def test_the_chart_is_of_this_version_and_its_values_are_those_of_its_schema() -> None:
    assert document(CHART / "Chart.yaml")["appVersion"] == __version__
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    values = document(CHART / "values.yaml")
    assert set(values) == set(schema["properties"]) - {"global"}
    used = set()
    for path in (CHART / "templates").iterdir():
        used |= set(re.findall(r"\.Values\.(\w+)", path.read_text(encoding="utf-8")))
    assert used == set(values)


def test_the_unit_gives_an_orderly_stop_its_time() -> None:
    unit = (PROJECT / "deploy" / "systemd" / "postroom.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    bound = Settings.model_fields["shutdown_timeout"].default
    assert int(seconds) > bound
    assert document(CHART / "values.yaml")["terminationGracePeriodSeconds"] > bound


def test_the_unit_waits_for_what_serve_tells_it() -> None:
    unit = (PROJECT / "deploy" / "systemd" / "postroom.service").read_text(encoding="utf-8")
    set_ = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    # The message comes from a worker that is ready, not from the parent.
    assert (set_["Type"], set_["NotifyAccess"]) == ("notify", "all")
    assert "AF_UNIX" in set_["RestrictAddressFamilies"]
    assert int(set_["WatchdogSec"]) > 10


def test_what_the_image_installs_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in ("server", "traces") for each in project["optional-dependencies"][extra]),
    ]
    locked = (PROJECT / "requirements.lock").read_text(encoding="utf-8").lower()
    for requirement in wanted:
        assert f"\n{re.split('[<>=]', requirement)[0].lower()}==" in f"\n{locked}"


def test_extras_that_are_named_exist() -> None:
    known = set(
        tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    )
    texts = [*FILES, PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "src").rglob("*.py")]
    named = {
        extra
        for path in texts
        for found in re.findall(
            r"postroom\[([a-z,]+)\]|\"\.\[([a-z,]+)\]\"|EXTRAS=([a-z,]+)", path.read_text(encoding="utf-8")
        )
        for extra in ",".join(filter(None, found)).split(",")
    }
    assert named == known


def test_whoever_is_told_to_run_the_gateway_gets_the_server() -> None:
    """`postroom[traces]` or `postroom[demo]` alone gives nothing that runs."""
    pages = [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md"), *(PROJECT / "src").rglob("*.py")]
    lines = [
        found
        for path in pages
        for found in re.findall(r"pip install [\"\']([^\"\']+)", path.read_text(encoding="utf-8"))
    ]
    assert lines
    assert [line for line in lines if not re.search(r"\[(server|client|testing)", line)] == []
