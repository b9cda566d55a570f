"""Message-IDs in answers, as providers write them."""

from __future__ import annotations

import pytest

from postroom.smtp.replies import Reply
from postroom.smtp.sent_as import sent_as

SES = "0102018c1f6d3f7a-1b2c3d4e-0000-4a4b-8c8d-000000000000-000000"
OUTLOOK = "<AM9PR04MB0001A1@AM9PR04MB0001.eurprd04.prod.outlook.com>"


@pytest.mark.parametrize(
    ("host", "text", "expected"),
    [
        ("email-smtp.us-east-1.amazonaws.com", f"Ok {SES}", f"<{SES}@email.amazonses.com>"),
        ("Email-SMTP.eu-west-1.amazonaws.com.", f"Ok {SES}", f"<{SES}@eu-west-1.amazonses.com>"),
        ("email-smtp-fips.us-west-2.amazonaws.com", f"Ok {SES}", f"<{SES}@us-west-2.amazonses.com>"),
        ("email-smtp.us-east-1.amazonaws.com", "Ok", None),
        ("email-smtp.us-east-1.amazonaws.com", f"Ok {SES} and more", None),
        ("smtp.office365.com", f"OK {OUTLOOK} [Hostname=AM9PR04MB0001.eurprd04.prod.outlook.com]", OUTLOOK),
        ("smtp-mail.outlook.com", f"OK {OUTLOOK}", OUTLOOK),
        ("smtp.office365.com", "OK queued", None),
        ("smtp.office365.com", "OK <no id>", None),
        ("office365.com.example.test", f"OK {OUTLOOK}", None),
        ("smtp.gmail.com", "OK  1764326400 a1-20020a05 - gsmtp", None),
        ("mail.example.test", f"Ok {SES}", None),
    ],
)
def test_by_host(host: str, text: str, expected: str | None) -> None:
    assert sent_as(host, Reply(250, text)) == expected


def test_a_refusal_names_none() -> None:
    assert sent_as("smtp.office365.com", Reply(554, f"OK {OUTLOOK}")) is None
