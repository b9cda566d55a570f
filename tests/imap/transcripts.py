"""What real servers say, as literal octets; modelled on each server's own style, people and addresses invented."""

from __future__ import annotations

DOVECOT = (
    b"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN] Dovecot ready.\r\n"
    b'* ID ("name" "Dovecot")\r\n'
    b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)\r\n"
    b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)] Flags permitted.\r\n"
    b"* 3 EXISTS\r\n"
    b"* 0 RECENT\r\n"
    b"* OK [UNSEEN 2] First unseen.\r\n"
    b"* OK [UIDVALIDITY 1763800000] UIDs valid\r\n"
    b"* OK [UIDNEXT 19] Predicted next UID\r\n"
    b"* OK [HIGHESTMODSEQ 42] Highest\r\n"
    b"A3 OK [READ-WRITE] Select completed (0.001 + 0.000 secs).\r\n"
    b'* LIST (\\HasNoChildren \\Sent) "/" Sent\r\n'
    b'* LIST (\\HasChildren) "/" {10}\r\nwith "mark\r\n'
    b"* STATUS Sent (MESSAGES 3 UIDNEXT 19 UIDVALIDITY 1763800000 UNSEEN 1 HIGHESTMODSEQ 42 SIZE 9812)\r\n"
    b"* VANISHED (EARLIER) 1:4,9\r\n"
    b'* 2 FETCH (UID 17 MODSEQ (41) FLAGS (\\Seen) INTERNALDATE "22-Nov-2026 09:10:11 +0100" RFC822.SIZE 3021 '
    b'ENVELOPE ("Sun, 22 Nov 2026 09:10:11 +0100" {19}\r\nSay "hello" \\ twice (("Ann Lee" NIL "ann" "example.org")) '
    b'(("Ann Lee" NIL "ann" "example.org")) (("Ann Lee" NIL "ann" "example.org")) ((NIL NIL "bob" "example.net")) '
    b'NIL NIL NIL "<1@example.org>") BODYSTRUCTURE (("text" "plain" ("charset" "utf-8" "format" "flowed") NIL NIL '
    b'"quoted-printable" 200 10 NIL NIL NIL NIL)("image" "png" ("name" "pixel.png") "<p@example.org>" NIL "base64" '
    b'2400 NIL ("attachment" ("filename" "pixel.png")) NIL NIL) "mixed" ("boundary" "b1") NIL NIL NIL))\r\n'
    b"* 3 FETCH (UID 18 BODY[HEADER.FIELDS (DATE FROM)] {32}\r\n"
    b"Date: today\r\nFrom: ann@a.org\r\n\r\n BODY[TEXT]<0> {0}\r\n)\r\n"
    b'* ESEARCH (TAG "A9") UID MIN 2 MAX 18 COUNT 3 ALL 2,17:18\r\n'
    b"* OK Still here\r\n"
    b"A9 OK Search completed.\r\n"
    b"A10 OK [COPYUID 1763800001 17:18 4:5] Copy completed.\r\n"
    b"A11 OK [APPENDUID 1763800000 19] Append completed.\r\n"
    b"* BYE Logging out\r\n"
    b"A12 OK Logout completed.\r\n"
)

GMAIL = (
    b"* OK Gimap ready for requests from 192.0.2.7 x9mb1\r\n"
    b"* CAPABILITY IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS COMPRESS=DEFLATE\r\n"
    b'* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"\r\n'
    b'* LIST (\\All \\HasNoChildren) "/" "[Gmail]/All Mail"\r\n'
    b'* LIST (\\HasNoChildren) "/" "Caf&AOk-/+*~"\r\n'
    b"* 5 FETCH (X-GM-THRID 1849001122334455667 X-GM-MSGID 1849001122334455668 "
    b'X-GM-LABELS ("\\\\Inbox" "\\\\Sent" Caf&AOk- "two words") UID 77 FLAGS (\\Seen $Phishing))\r\n'
    b"* 6 FETCH (UID 78 RFC822.SIZE 120 BODY[] {12}\r\nSubject: x\r\n)\r\n"
    b"A5 NO [ALERT] Too many simultaneous connections. (Failure)\r\n"
    b"A6 NO [WEBALERT https://accounts.example.com/x?a=b] Web login required.\r\n"
    b"A7 BAD Could not parse command\r\n"
)

EXCHANGE = (
    b"* OK The Microsoft Exchange IMAP4 service is ready. [QQBCAEMA]\r\n"
    b"* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE\r\n"
    b'* LIST (\\HasNoChildren) "/" Sent Items\r\n'
    b'* 1 FETCH (UID 9 FLAGS (\\Seen \\Recent) ENVELOPE (NIL "Re: plan" (("Carl" NIL "carl" ".MISSING-HOST-NAME.")) '
    b"NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE "
    b'(("text" "html" ("charset" "iso-8859-1") NIL NIL "quoted-printable" 700 12 NIL "inline" NIL NIL)'
    b'(NIL NIL NIL NIL NIL NIL NIL) "mixed" ("boundary" "_000_") NIL "en-US"))\r\n'
    b"A2 BAD User is authenticated but not connected.\r\n"
    b"A3 BAD Request is throttled. Suggested Backoff Time: 299984 milliseconds\r\n"
    b"Server Unavailable. 15\r\n"
    b"* BYE Connection closed. 14\r\n"
)

YAHOO = (
    b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN ID MOVE NAMESPACE XYMHIGHESTMODSEQ UIDPLUS] IMAP4rev1 Hello\r\n"
    b"* 4 FETCH (UID 12 FLAGS ($NotJunk \\Seen) RFC822.SIZE 99 ENVELOPE NIL BODYSTRUCTURE NIL)\r\n"
    b"* SEARCH 9 3 12\r\n"
    b"A4 NO [SERVERBUG] UID FETCH Server error - Please try again later\r\n"
    b"A5 NO [LIMIT] UID SEARCH Rate limit hit.\r\n"
)

MAIL_RU = (
    b"* OK Welcome\r\n"
    b"* 7.0 EXISTS\r\n"
    b'* STATUS "&BB8EQAQ4BDIENQRC-" (MESSAGES 7.0 UNSEEN -1)\r\n'
    b'* 7 FETCH (UID 31.0 RFC822.SIZE 2048.0 FLAGS ("\\\\Seen" \\answered) INTERNALDATE "5-Jan-2026 07:08:09")\r\n'
    b"A8 OK done\r\n"
)

UNTIDY = (
    b"\r\n"
    b"\0\0\0* OK [UIDVALIDITY 5] padded {7}\n"
    b"   \n"
    b'* 1 FETCH (FLAGS NIL UID 3 MODSEQ (-1) INTERNALDATE "00-Jan-0000 00:00:00 +0000")\n'
    b'* 2 FETCH (UID 4 ENVELOPE (NIL "He said "no" to it" NIL NIL NIL NIL NIL NIL NIL "<q@example.org>") FLAGS ())\r\n'
    b"* 3 FETCH (UID 5 BODY[1] FLAGS (\\Seen))\r\n"
    b"* 4 FETCH (UID 6 BODY[1.MIME]<0> ~{3+}\r\na\0b)\r\n"
    b"* 0 FETCH (UID 8)\r\n"
    b"*  9   EXISTS\r\n"
    b"* XUNHEARD (of {3}\r\n)\r\n)\r\n"
    b"* VANISHED 1:3,x,9\r\n"
    b"+\r\n"
    b"+ \r\n"
    b"+ VXNlciBOYW1lAA==\r\n"
)

ALL = {
    "dovecot": DOVECOT,
    "gmail": GMAIL,
    "exchange": EXCHANGE,
    "yahoo": YAHOO,
    "mail.ru": MAIL_RU,
    "untidy": UNTIDY,
}
