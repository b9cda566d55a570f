"""Reports in words alone, in the manner of Gmail, Yahoo, Exchange and Domino."""

# ruff: noqa: E501 - the lines of reports are as long as they are.

from __future__ import annotations

from tests.mail.reports.sample_form import DELAYED, FAILED, ORIGINAL_ID, Expected, ReportSample, letter

GMAIL = ReportSample(
    "Gmail, words alone",
    letter(f"""
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: orders@shop.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
In-Reply-To: {ORIGINAL_ID}
References: <older@shop.example> {ORIGINAL_ID}
Content-Type: text/plain; charset="UTF-8"


** Address not found **

Your message wasn't delivered to ann@recipient.example because the address couldn't be found, or is unable to receive mail.

Learn more here: https://support.example/mail/?p=NoSuchUser

The response was:

550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address.
"""),
    (Expected("ann@recipient.example", FAILED, "5.1.1", 550, "user_unknown"),),
    mta="googlemail.com",
)

GMAIL_GERMAN = ReportSample(
    "Gmail in German",
    letter(f"""
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: orders@shop.example
Subject: =?UTF-8?Q?Benachrichtigung_zum_=C3=9Cbermittlungsstatus_=28Fehlgeschlagen=29?=
In-Reply-To: {ORIGINAL_ID}
Content-Type: text/html; charset="UTF-8"

<html><body><h2>Posteingang voll</h2><p>Ihre Nachricht wurde nicht an <a href="mailto:ann@recipient.example"><b>ann@recipient.example</b></a>
zugestellt. Der Posteingang ist voll.</p><p>Die Antwort lautete:<br>552 5.2.2 The email account that you tried to reach is over quota.</p></body></html>
"""),
    (Expected("ann@recipient.example", FAILED, "5.2.2", 552, "mailbox_full"),),
    mta="googlemail.com",
)

GMAIL_DELAYED = ReportSample(
    "Gmail, delayed",
    letter(f"""
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: orders@shop.example
Subject: Delivery Status Notification (Delay)
In-Reply-To: {ORIGINAL_ID}
Content-Type: text/plain; charset="UTF-8"

** Delivery incomplete **

There was a temporary problem delivering your message to ann@recipient.example. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.

The response was:

451 4.7.1 <ann@recipient.example>: Recipient address rejected: Greylisted, please try again in 300 seconds
"""),
    (Expected("ann@recipient.example", DELAYED, "4.7.1", 451, "greylisting"),),
    mta="googlemail.com",
)

EXCHANGE = ReportSample(
    "Exchange, words alone",
    letter("""
From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@shop.example>
To: orders@shop.example
Subject: Undeliverable: Your order
Content-Type: text/plain; charset="utf-8"

Delivery has failed to these recipients or groups:

Ann Example (ann@recipient.example)<mailto:ann@recipient.example>
Your message wasn't delivered because the recipient's email provider rejected it.

Diagnostic information for administrators:

Generating server: mail.shop.example

ann@recipient.example
mail.recipient.example
Remote Server returned '550 5.7.26 Unauthenticated email is not accepted due to DMARC policy'

Original message headers:

Message-ID: <1f0c@shop.example>
Subject: Your order
"""),
    (Expected("ann@recipient.example", FAILED, "5.7.26", 550, "auth_failure"),),
    mta="shop.example",
)

OUTLOOK_OLD = ReportSample(
    "Exchange of old",
    letter("""
From: System Administrator <postmaster@shop.example>
To: orders@shop.example
Subject: Undeliverable: Your order

Your message did not reach some or all of the intended recipients.

      Subject:  Your order
      Sent:     3/1/2026 10:00 AM

The following recipient(s) could not be reached:

      'ann@recipient.example' on 3/1/2026 10:01 AM
            550 5.1.1 User unknown
"""),
    (Expected("ann@recipient.example", FAILED, "5.1.1", 550, "user_unknown"),),
    message_id=None,
    mta="shop.example",
)

YAHOO = ReportSample(
    "Yahoo",
    letter(f"""
From: MAILER-DAEMON@yahoo.example
To: orders@shop.example
Subject: Failure Notice
Content-Type: text/plain; charset=us-ascii

Sorry, we were unable to deliver your message to the following address.

<ann@recipient.example>:
554: delivery error: dd This user doesn't have a recipient.example account (ann@recipient.example) [0] - mta1.mail.recipient.example

--- Below this line is a copy of the message.

Message-ID: {ORIGINAL_ID}
"""),
    (Expected("ann@recipient.example", FAILED, None, 554, "user_unknown"),),
    mta="yahoo.example",
)

DOMINO = ReportSample(
    "Domino",
    letter("""
From: Postmaster@shop.example
To: orders@shop.example
Subject: DELIVERY FAILURE: User ann (ann@recipient.example) not listed in Domino Directory

Your message

  Subject: Your order

was not delivered to:

  ann@recipient.example

because:

  User ann (ann@recipient.example) not listed in Domino Directory
"""),
    (Expected("ann@recipient.example", FAILED, None, None, "user_unknown"),),
    message_id=None,
    mta="shop.example",
)
