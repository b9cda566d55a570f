"""Secrets that a document does not have."""

from __future__ import annotations

from postroom.moving.mapping.secrets import ENCRYPTED, MASKED, missing
from tests.moving import documents


def test_masked_and_encrypted_secrets_are_named_by_their_path() -> None:
    document = {
        "name": "Ada",
        "imap": {"auth": {"user": "ada", "pass": documents.MASK}},
        "oauth2": {"refreshToken": documents.ENCRYPTED},
        "webhooks": f"https://{documents.MASK}:{documents.MASK}@example.com/hook",
        "webhooksCustomHeaders": [{"key": "a", "value": ""}, {"key": "b", "value": documents.MASK}],
    }
    assert missing(document) == [
        ("imap.auth.pass", MASKED),
        ("oauth2.refreshToken", ENCRYPTED),
        ("webhooks", MASKED),
        ("webhooksCustomHeaders.1.value", MASKED),
    ]


def test_a_document_with_all_its_secrets_misses_none() -> None:
    assert missing(documents.password_account()) == []
