"""All samples of reports about deliveries."""

from __future__ import annotations

from tests.mail.reports.office_samples import DOMINO, EXCHANGE, GMAIL, GMAIL_DELAYED, GMAIL_GERMAN, OUTLOOK_OLD, YAHOO
from tests.mail.reports.standard_samples import ICLOUD, OFFICE_365, POSTFIX, POSTFIX_DELAYED, SES, UTF8
from tests.mail.reports.unix_samples import (
    EXIM,
    EXIM_BARE,
    EXIM_DELAYED,
    GMX,
    GMX_GERMAN,
    MAIL_RU,
    QMAIL,
    SENDMAIL,
    T_ONLINE,
    ZOHO,
)

SAMPLES = (
    POSTFIX,
    POSTFIX_DELAYED,
    OFFICE_365,
    SES,
    ICLOUD,
    UTF8,
    EXIM,
    EXIM_BARE,
    EXIM_DELAYED,
    QMAIL,
    SENDMAIL,
    GMX,
    GMX_GERMAN,
    T_ONLINE,
    ZOHO,
    MAIL_RU,
    GMAIL,
    GMAIL_GERMAN,
    GMAIL_DELAYED,
    EXCHANGE,
    OUTLOOK_OLD,
    YAHOO,
    DOMINO,
)
