"""What the values of settings must look like; that the settings use the rules is in test_settings."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from postroom import setting_rules as rules
from postroom.setting_rules import Unknown
from postroom.settings import Settings

OPENID: dict[str, Any] = {"oidc_issuer": "https://id.example", "oidc_client_id": "x"}


def fault(**values: Any) -> str:
    """Why these settings are refused."""
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, **values)
    return str(caught.value.errors()[0]["msg"])


def test_a_list_is_written_with_commas() -> None:
    assert rules.split(" a, b,,") == ("a", "b")
    assert rules.split(("a",)) == ("a",)


def test_origins() -> None:
    assert rules.one_origin("https://a.example/") == "https://a.example"
    assert rules.origins(("*", "HTTPS://A.example")) == ("*", "https://a.example")
    with pytest.raises(ValueError, match="an origin alone"):
        rules.one_origin("https://a.example/path")


def test_a_short_password_of_the_dashboard_is_refused() -> None:
    assert "at least 12 characters" in fault(admin_password=SecretStr("x" * 11))
    assert "hunter2" not in fault(admin_password="hunter2")
    assert Settings(admin_password="", _env_file=None).admin_password is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"oidc_issuer": "id.example"}, "must be a web address"),
        (
            {"oidc_issuer": "https://id.example", "oidc_emails": "a@b.example"},
            "must be given when POSTROOM_OIDC_ISSUER",
        ),
        (OPENID, "must say who may sign in"),
        ({**OPENID, "oidc_claim": "groups"}, "must be a claim and its value"),
        ({**OPENID, "oidc_claim": "=x"}, "must be a claim and its value"),
    ],
)
def test_an_openid_provider_needs_a_client_and_somebody_who_may(values: dict[str, str], words: str) -> None:
    assert words in fault(**values)


def test_an_openid_provider_that_is_complete() -> None:
    assert Settings(**OPENID, oidc_claim="groups=a", _env_file=None).oidc_claim == "groups=a"
    found = Settings(**OPENID, oidc_emails="a@b.example,@c.example", _env_file=None)
    assert found.oidc_emails == ("a@b.example", "@c.example")


def test_misspelt_names() -> None:
    known = {"POSTROOM_PORT", "POSTROOM_DATA_DIR"}
    given = {"POSTROOM_PORTS": "1", "POSTROOM_PORT": "2", "OTHER": "3"}
    assert list(rules.misspelt("here", given, known)) == [Unknown("POSTROOM_PORTS", "here", "POSTROOM_PORT")]
    assert rules.near("POSTROOM_URL", known) is None


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("log_level", "debug", "environment"),
        ("traces", True, ".env"),
        ("port", 4000, "environment"),
        ("port", 5000, "command line"),
        ("workers", 2, "command line"),
        ("lease", 9.0, "postroom.toml"),
    ],
)
def test_the_first_place_that_names_a_setting_has_it(name: str, value: object, where: str) -> None:
    places: dict[str, dict[str, object]] = {
        "environment": {"POSTROOM_LOG_LEVEL": "debug", "postroom_port": "4000", "PATH": "/bin"},
        ".env": {"POSTROOM_TRACES": "true", "POSTROOM_LOG_LEVEL": "info"},
        "postroom.toml": {"lease": 9.0, "log_level": "error"},
    }
    assert rules.place(name, value, places) == where
