"""What the OAuth2 applications of an installation say to an account: whether it can sign in, and with whose right."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from postroom.accounts.model import InvalidAccount
from postroom.accounts.providers import access_of, demand_provider
from postroom.accounts.settings.reading import settings_of
from postroom.oauth2.apps import Apps
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

IMAP = {"host": "imap.example.com", "port": 993}


@pytest.fixture(autouse=True)
async def applications(db: Database) -> None:
    """One that a person consents to, and one that acts for everybody."""
    apps = Apps(db, SecretBox(("secret",)))
    await apps.create({"name": "G", "provider": "gmail", "clientId": "id", "clientSecret": "s", "id": "consented"})
    await apps.create(
        {
            "name": "O",
            "provider": "outlookService",
            "clientId": "id",
            "clientSecret": "s",
            "tenant": "t",
            "id": "service",
        }
    )


def oauth2(provider: str, **more: Any) -> dict[str, Any]:
    return {"provider": provider, "auth": {"user": "jo"}, **more}


@pytest.mark.parametrize(
    ("document", "is_refused"),
    [
        ({"imap": IMAP}, False),
        ({"oauth2": oauth2("consented")}, False),
        ({"oauth2": oauth2("nobody's")}, True),
        ({"oauth2": oauth2("nobody's", accessToken="t")}, True),
        ({"oauth2": oauth2("nobody's", accessToken="t"), "imap": IMAP}, False),
        ({"oauth2": oauth2("nobody's"), "imap": IMAP}, True),
        # The servers of a provider are known, its grant is not.
        ({"oauth2": oauth2("gmail", accessToken="t")}, False),
        ({"oauth2": oauth2("gmail", refreshToken="t")}, True),
        # Others bring the token.
        ({"oauth2": oauth2("nobody's", useAuthServer=True)}, False),
        ({"oauth2": oauth2("nobody's", auth={"delegatedAccount": "a"})}, False),
        ({"oauth2": oauth2("nobody's", enabled=False)}, False),
    ],
)
async def test_an_account_that_could_never_sign_in_is_refused(
    db: Database, document: dict[str, Any], is_refused: bool
) -> None:
    if not is_refused:
        await db.read(partial(demand_provider, settings=settings_of(document)))
        return
    with pytest.raises(InvalidAccount) as caught:
        await db.read(partial(demand_provider, settings=settings_of(document)))
    assert [problem.key for problem in caught.value.problems] == ["oauth2.provider"]


@pytest.mark.parametrize(
    ("document", "access"),
    [
        ({"imap": IMAP}, "unknown"),
        ({"oauth2": oauth2("gmail")}, "unknown"),
        ({"oauth2": oauth2("consented")}, "consent"),
        ({"oauth2": oauth2("service")}, "service"),
    ],
)
async def test_whose_right_an_application_signs_in_with(db: Database, document: dict[str, Any], access: str) -> None:
    assert await db.read(partial(access_of, settings=settings_of(document))) == access
