"""What the tests of the IMAP session share."""

from __future__ import annotations

import pytest

from tests.imap.conversation import Conversation


@pytest.fixture(params=["whole", "octets"])
def conversation(request: pytest.FixtureRequest) -> Conversation:
    """A session before its greeting; every test that uses it runs with whole lines and with single octets."""
    return Conversation(octet_by_octet=request.param == "octets")
