"""Reports with a machine-readable part, in the manner of the common systems."""

# ruff: noqa: E501 - the lines of reports are as long as they are.

from __future__ import annotations

from tests.mail.reports.sample_form import DELAYED, FAILED, ORIGINAL_ID, Expected, ReportSample, dsn

POSTFIX = ReportSample(
    "Postfix",
    dsn(
        "This is the mail system at host mx.shop.example.\n\nI'm sorry to have to inform you that your message could not"
        "\nbe delivered to one or more recipients. It's attached below.\n",
        """Reporting-MTA: dns; mx.shop.example
X-Postfix-Queue-ID: 4Zk1
Arrival-Date: Sun,  1 Mar 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; ann@recipient.example
Original-Recipient: rfc822;ann@recipient.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.recipient.example
Diagnostic-Code: smtp; 550 5.1.1 <ann@recipient.example>: Recipient address
    rejected: User unknown in virtual mailbox table

Final-Recipient: rfc822; bob@other.example
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error
    for name=other.example type=AAAA: Host not found
""",
    ),
    (
        Expected("ann@recipient.example", FAILED, "5.1.1", 550, "user_unknown", "mail.recipient.example"),
        Expected("bob@other.example", FAILED, "5.4.4", None, "invalid_address"),
    ),
    mta="mx.shop.example",
)

POSTFIX_DELAYED = ReportSample(
    "Postfix, delayed",
    dsn(
        "####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED"
        " TO RESEND YOUR MESSAGE. #\n",
        """Reporting-MTA: dns; mx.shop.example

Final-Recipient: rfc822; ann@recipient.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mail.recipient.example[192.0.2.7]:25: Connection timed out
Will-Retry-Until: Fri,  6 Mar 2026 10:00:00 +0000 (UTC)
""",
    ),
    (Expected("ann@recipient.example", DELAYED, "4.4.1", None, "server_error"),),
    mta="mx.shop.example",
)

OFFICE_365 = ReportSample(
    "Office 365",
    dsn(
        "Your message to ann@recipient.example couldn't be delivered.\n\nann wasn't found at recipient.example.\n",
        """Reporting-MTA: dns;AM6PR01.eurprd01.prod.example
Received-From-MTA: dns;DB7PR01.eurprd01.prod.example
Arrival-Date: Sun, 1 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822;ann@recipient.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@recipient.example not found by SMTP address lookup
""",
    ),
    (Expected("ann@recipient.example", FAILED, "5.1.10", 550, "user_unknown"),),
    mta="AM6PR01.eurprd01.prod.example",
)

SES = ReportSample(
    "Amazon SES",
    dsn(
        "An error occurred while trying to deliver the mail to the following recipients:\nann@recipient.example",
        """Reporting-MTA: dns; a8-50.smtp-out.example

Action: failed
Final-Recipient: rfc822; ann@recipient.example
Diagnostic-Code: smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for recipient.example>
Status: 4.4.7
""",
        f"X-Original-Message-ID: {ORIGINAL_ID}\nMessage-ID: <0102-000000@eu-west-1.ses.example>\n",
    ),
    (Expected("ann@recipient.example", FAILED, "4.4.7", 550, "server_error"),),
    message_id="<0102-000000@eu-west-1.ses.example>",
    mta="a8-50.smtp-out.example",
)

ICLOUD = ReportSample(
    "iCloud",
    dsn(
        "This is a system-generated message to inform you that your email could not\nbe delivered to one or more"
        " recipients. Details of the email and the error are as follows:\n\n\n<ann@recipient.example>: user is over quota\n",
        """Reporting-MTA: dns; st43p00im.me.example

Original-Recipient: rfc822;ann@recipient.example
Final-Recipient: rfc822;ann@recipient.example
Action: failed
Status: 5.2.2 (Over quota)
""",
    ),
    (Expected("ann@recipient.example", FAILED, "5.2.2", None, "mailbox_full"),),
    mta="st43p00im.me.example",
)

UTF8 = ReportSample(
    "an address beyond ASCII (RFC 6533)",
    dsn(
        "Could not deliver.",
        "Reporting-MTA: dns; mx.shop.example\n\nFinal-Recipient: utf-8; j\\x{F6}rg@recipient.example\nAction: failed\n"
        "Status: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n",
        kind="message/global-delivery-status",
    ),
    (Expected("jörg@recipient.example", FAILED, "5.1.1", 550, "user_unknown"),),
    mta="mx.shop.example",
)
