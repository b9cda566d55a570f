"""Complaints in the manner of the common systems, written for these tests."""

from __future__ import annotations

from tests.mail.reports.sample_form import ORIGINAL_ID, letter

_ENCLOSED = f"""Received: from mx.shop.example ([192.0.2.1])
Message-ID: {ORIGINAL_ID}
From: Orders <orders@shop.example>
To: ann@recipient.example
Cc: carol@shop.example
Subject: Your order
Date: Sun, 1 Mar 2026 09:59:00 +0000

Dear Ann
"""


def feedback(fields: str, *, sender: str = "staff@isp.example", kind: str = "message/feedback-report") -> bytes:
    return letter(f"""
From: {sender}
To: abuse@shop.example
Subject: Complaint
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A recipient pressed the button.
--b
Content-Type: {kind}

{fields}
--b
Content-Type: message/rfc822

{_ENCLOSED}
--b--
""")


ARF = feedback(
    """Feedback-Type: abuse
User-Agent: Yahoo!-Mail-Feedback/2.0
Version: 0.1
Original-Mail-From: <orders@shop.example>
Original-Rcpt-To: <ann@recipient.example>
Original-Rcpt-To: bob@recipient.example
Arrival-Date: Sun, 1 Mar 2026 10:00:00 +0000
Reporting-MTA: dns; feedback.example
Source-IP: 192.0.2.1
Reported-Domain: shop.example
Incidents: 2
""",
    sender="feedback@arf.mail.yahoo.example",
)
ARF_MINIMAL = feedback("Feedback-Type: Fraud\nIncidents: many\n")
ARF_LOOSE = feedback("Feedback-Type: abuse\n\nVersion: 1\n\nSource-IP: 192.0.2.1\n", kind="text/plain")
HOTMAIL = letter(f"""
From: staff@hotmail.example
To: abuse@shop.example
Subject: complaint about message from 192.0.2.1
Date: Sun, 1 Mar 2026 11:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: message/rfc822
Content-Disposition: inline

X-HmXmrOriginalRecipient: ann@hotmail.example
X-HmXmrOriginalVersion: 1
{_ENCLOSED}
--b--
""")
