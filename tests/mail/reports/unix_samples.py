"""Reports in words alone, in the manner of the servers that providers run."""

# ruff: noqa: E501 - the lines of reports are as long as they are.

from __future__ import annotations

from tests.mail.reports.sample_form import DELAYED, FAILED, ORIGINAL_ID, Expected, ReportSample, letter

EXIM = ReportSample(
    "Exim without a machine-readable part",
    letter(f"""
X-Failed-Recipients: ann@recipient.example,
  bob@recipient.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.shop.example>
To: orders@shop.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ann@recipient.example
    host mail.recipient.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<ann@recipient.example>:
    550 5.2.1 The email account that you tried to reach is disabled
  bob@recipient.example
    host mail.recipient.example [192.0.2.7]
    SMTP error from remote mail server after end of data:
    552 5.2.2 mailbox over quota

------ This is a copy of the message, including all the headers. ------

Return-path: <orders@shop.example>
Received: from app by relay.shop.example with local
Message-ID: {ORIGINAL_ID}
Subject: Your order
To: ann@recipient.example, bob@recipient.example

Dear Ann, carol@elsewhere.example:
"""),
    (
        Expected("ann@recipient.example", FAILED, "5.2.1", 550, "mailbox_disabled", "mail.recipient.example"),
        Expected("bob@recipient.example", FAILED, "5.2.2", 552, "mailbox_full", "mail.recipient.example"),
    ),
    mta="relay.shop.example",
)

EXIM_BARE = ReportSample(
    "Exim with neither machine-readable part nor header field",
    letter(f"""
From: Mail Delivery System <Mailer-Daemon@relay.shop.example>
To: orders@shop.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  dan@forwarded.example
    (generated from ann@recipient.example)
    Unrouteable address

------ This is a copy of your message's headers. ------

Message-ID: {ORIGINAL_ID}
"""),
    (Expected("dan@forwarded.example", FAILED, None, None, "invalid_address"),),
    message_id=ORIGINAL_ID,
    mta="relay.shop.example",
)

EXIM_DELAYED = ReportSample(
    "Exim, delayed",
    letter("""
From: Mail Delivery System <Mailer-Daemon@relay.shop.example>
To: orders@shop.example
Subject: Warning: message 1tQ delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on relay.shop.example.

The message identifier is:     1tQ-0001
The subject of the message is: Your order

The address to which the message has not yet been delivered is:

  ann@recipient.example
    Delay reason: mailbox is full (MTA-imposed quota exceeded while writing to file)

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals.
"""),
    (Expected("ann@recipient.example", DELAYED, None, None, "mailbox_full"),),
    message_id=None,
    mta="relay.shop.example",
)

QMAIL = ReportSample(
    "qmail",
    letter(f"""
Return-Path: <>
From: MAILER-DAEMON@mail.shop.example
To: orders@shop.example
Subject: failure notice

Hi. This is the qmail-send program at mail.shop.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ann@recipient.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.7.1 Service unavailable; Client host [192.0.2.99] blocked using zen.spamhaus.org
Giving up on 192.0.2.7.

<bob@recipient.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <orders@shop.example>
Message-ID: {ORIGINAL_ID}
Subject: Your order

Dear all
"""),
    (
        Expected("ann@recipient.example", FAILED, "5.7.1", 550, "ip_blacklisted"),
        Expected("bob@recipient.example", FAILED, "5.1.1", None, "user_unknown"),
    ),
    mta="mail.shop.example",
)

GMX = ReportSample(
    "GMX and web.de, in English",
    letter(f"""
From: "GMX Mailer Daemon" <mailer-daemon@gmx.example>
To: orders@shop.example
Subject: Mail delivery failed: returning message to sender
Auto-Submitted: auto-replied

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

ann@recipient.example:
SMTP error from remote server for RCPT TO command, host: mail.recipient.example (192.0.2.7) reason: 550-Requested action not taken: mailbox unavailable
550 For explanation visit https://postmaster.gmx.example/error?c=ru


--- The header of the original message is following. ---

Received: from app ([192.0.2.1]) by mail.gmx.example
Message-ID: {ORIGINAL_ID}
Subject: Your order
"""),
    (Expected("ann@recipient.example", FAILED, None, 550, "user_unknown"),),
    mta="gmx.example",
)

GMX_GERMAN = ReportSample(
    "GMX, in German and Latin-1",
    letter(
        f"""
From: Mailer Daemon <mailer-daemon@gmx.example>
To: orders@shop.example
Subject: Mail delivery failed: returning message to sender
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Diese Nachricht wurde automatisch erstellt.
Eine Nachricht, die Sie versandt haben, konnte an einen oder mehrere Empfänger
nicht zugestellt werden. Die folgende Adresse schlug fehl:

  ann@recipient.example:
    Das Postfach ist voll

--- Ursprüngliche Nachricht ---
Message-ID: {ORIGINAL_ID}
""",
        charset="latin-1",
    ),
    (Expected("ann@recipient.example", FAILED, None, None, "mailbox_full"),),
    mta="gmx.example",
)

T_ONLINE = ReportSample(
    "T-Online",
    letter(f"""
From: <MAILER-DAEMON@mailout.t-online.example>
To: orders@shop.example
Subject: mail failed, returning to sender
Reference: <abc@mailout.t-online.example>

|------------------------- Message log follows: -------------------------|
 no valid recipients were found for this message
|------------------------- Failed addresses follow: ---------------------|
 <ann@recipient.example> ... unknown host
|------------------------- Message text follows: ------------------------|
Message-ID: {ORIGINAL_ID}
Subject: Your order

Dear Ann
"""),
    (Expected("ann@recipient.example", FAILED, None, None, "invalid_address"),),
    mta="mailout.t-online.example",
)

SENDMAIL = ReportSample(
    "sendmail",
    letter(f"""
From: Mail Delivery Subsystem <MAILER-DAEMON@mail.shop.example>
To: orders@shop.example
Subject: Returned mail: see transcript for details

The original message was received at Sun, 1 Mar 2026 10:00:00 GMT
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<ann@recipient.example>
    (reason: 554 5.7.1 Message rejected as spam by Content Filtering.)

   ----- Transcript of session follows -----
... while talking to mail.recipient.example.:
>>> DATA
<<< 554 5.7.1 Message rejected as spam by Content Filtering.

   ----- Original message follows -----
Message-ID: {ORIGINAL_ID}
"""),
    (Expected("ann@recipient.example", FAILED, "5.7.1", 554, "spam_blocked"),),
    mta="mail.shop.example",
)

MAIL_RU = ReportSample(
    "mail.ru",
    letter(
        f"""
From: mailer-daemon@corp.mail.example
To: orders@shop.example
Subject: Mail failure.
Content-Type: text/plain; charset=koi8-r

Это письмо создано автоматически сервером, отвечать на него не нужно.

К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

**********************

ann@recipient.example
Пользователь не найден

**********************

Message-ID: {ORIGINAL_ID}
""",
        charset="koi8-r",
    ),
    (Expected("ann@recipient.example", FAILED, None, None, "user_unknown"),),
    mta="corp.mail.example",
)

ZOHO = ReportSample(
    "Zoho",
    letter(f"""
From: mailer-daemon@mail.zoho.example
To: orders@shop.example
Subject: Undelivered Mail Returned to Sender
In-Reply-To: {ORIGINAL_ID}

This message was created automatically by mail delivery software.
 A message that you sent could not be delivered to one or more of its recipients. This is a permanent error.

ann@recipient.example, ERROR CODE :550 - 5.1.1 <ann@recipient.example> user unknown
"""),
    (Expected("ann@recipient.example", FAILED, "5.1.1", 550, "user_unknown"),),
    mta="mail.zoho.example",
)
