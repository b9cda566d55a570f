"""OAuth2 applications in an empty database, on both engines."""

from __future__ import annotations

import pytest

from postroom.oauth2.apps import Apps
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from tests.accounts.conftest import Clock, clock

__all__ = ["clock"]

BOX = SecretBox(("secret",))


@pytest.fixture
def apps(db: Database, clock: Clock) -> Apps:
    return Apps(db, BOX, clock)
