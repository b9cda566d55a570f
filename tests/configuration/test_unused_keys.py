"""Which settings of other gateways are accepted."""

from __future__ import annotations

import pytest

from postroom.configuration.keys import KEYS
from postroom.configuration.unused_keys import is_unused_key


@pytest.mark.parametrize(
    "name", ["trackOpens", "openAiAPIKey", "smtpServerTLSEnabled", "tokenAuditLog", "documentStoreUrl"]
)
def test_settings_that_are_accepted(name: str) -> None:
    assert is_unused_key(name)


@pytest.mark.parametrize("name", ["trackopens", "webHooks", "documentstoreUrl", "", "eventTypes", *KEYS])
def test_settings_of_our_own_and_wrong_names_are_none(name: str) -> None:
    assert not is_unused_key(name)
