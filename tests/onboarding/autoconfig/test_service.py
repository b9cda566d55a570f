"""The search as other rooms ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.connections.hosts.names import LOCALHOST
from postroom.onboarding.autoconfig.servers import UNKNOWN
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.settings import Settings


@pytest.mark.parametrize("email", ["", "nobody", "@example.com", "ada@not a host"])
async def test_what_is_no_address_is_not_looked_up(tmp_path: Path, email: str) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    assert await Autoconfig(settings=settings, lookups=LOCALHOST).find(email) == UNKNOWN


async def test_a_known_provider_is_found_in_the_table(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    found = await Autoconfig(settings=settings, lookups=LOCALHOST).find("ada@gmail.com")
    assert found.imap is not None
    assert found.imap.host == "imap.gmail.com"
