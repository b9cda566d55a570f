"""Downloads with asyncio. tests/client/transports/test_blocking_downloads.py asks both kinds for the same."""

from __future__ import annotations

import pytest

from postroom.client.asynchronous import AsyncPostroom
from tests.client.transports.cases import TOKEN
from tests.client.transports.test_blocking_downloads import FILE, OCTETS
from tests.fakes.scripted_http import ScriptedHttp


async def test_the_octets_come_in_pieces() -> None:
    with ScriptedHttp(FILE) as server:
        async with AsyncPostroom(server.url, TOKEN) as client:
            async with client.messages.download_source("a", "AAA") as download:
                assert (download.file.size, download.file.tag) == (len(OCTETS), '"t"')
                pieces = [piece async for piece in download]
            assert len(pieces) > 1
            assert b"".join(pieces) == OCTETS
            with pytest.raises(ValueError, match="with"):
                aiter(client.messages.download("a", "AAA"))
