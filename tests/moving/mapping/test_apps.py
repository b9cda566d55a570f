"""OAuth2 applications of EmailEngine as Postroom takes them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from postroom.moving.mapping.apps import app_standing, planned_apps
from postroom.moving.plan import Destination, Fate, PlannedApp
from postroom.oauth2.model import problems
from postroom.schemas.requests.oauth2 import NewApp
from tests.moving import documents


def planned(document: dict[str, Any], there: Destination | None = None) -> PlannedApp:
    (only,) = planned_apps([(document["id"], document)], there or Destination())
    return only


def causes(app: PlannedApp) -> list[str]:
    return [remark.cause for remark in app.remarks]


def test_an_application_goes_over_under_its_id() -> None:
    app = planned(documents.gmail_app())
    assert app.fate is Fate.GOES
    assert app.body == {
        "id": "AAAB",
        "provider": "gmail",
        "enabled": True,
        "name": "Gmail",
        "title": "Sign in with Google",
        "clientId": "1.apps.googleusercontent.com",
        "clientSecret": "geheim",
    }
    assert TypeAdapter(NewApp).validate_python(app.body) == app.body
    assert problems(app.body) == []
    assert causes(app) == ["redirectUrl"]


def test_one_whose_secret_is_not_shown_waits() -> None:
    app = planned(documents.gmail_app(secret=documents.MASK))
    assert app.fate is Fate.WAITS
    assert causes(app) == ["appSecret", "redirectUrl"]
    assert "clientSecret" in app.remarks[0].text


def test_one_that_is_there_stays_as_it_is() -> None:
    app = planned(documents.gmail_app(secret=documents.MASK), Destination(apps=frozenset({"AAAB"})))
    assert (app.fate, app.remarks) == (Fate.THERE, ())


@pytest.mark.parametrize(
    ("fields", "fate", "told"),
    [
        ({"baseScopes": "pubsub"}, Fate.STAYS, ["pubsub"]),
        ({"provider": "unheardOf"}, Fate.STAYS, ["provider"]),
        ({"provider": "gmailService", "authMethod": "externalAccount"}, Fate.WAITS, ["externalAccount"]),
        ({"baseScopes": "api"}, Fate.GOES, ["redirectUrl", "baseScopes"]),
        ({"provider": "outlookService", "tenant": "t"}, Fate.GOES, []),
    ],
)
def test_what_becomes_of_an_application_depends_on_its_kind(
    fields: dict[str, Any], fate: Fate, told: list[str]
) -> None:
    app = planned(documents.gmail_app(**fields))
    assert (app.fate, causes(app)) == (fate, told)


def test_consents_for_the_own_api_of_a_provider_do_not_cover_imap() -> None:
    gmail, service = documents.gmail_app(baseScopes="api"), documents.gmail_app(baseScopes="api")
    service["provider"] = "outlookService"
    assert app_standing(planned(gmail), gmail).other_protocol
    assert not app_standing(planned(service), service).other_protocol
    assert app_standing(planned(service), service).service
