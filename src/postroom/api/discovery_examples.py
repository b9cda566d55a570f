"""Examples of finding mail servers, for the reference."""

from __future__ import annotations

from typing import Final

FOUND_SERVERS: Final = {
    "imap": {"auth": {"user": "user@icloud.com"}, "host": "imap.mail.me.com", "port": 993, "secure": True},
    "smtp": {"auth": {"user": "user@icloud.com"}, "host": "smtp.mail.me.com", "port": 587, "secure": False},
    "appPassword": {
        "required": True,
        "provider": "iCloud Mail",
        "instructions": "Make an app-specific password at https://account.apple.com and use it as the password.",
    },
    "_source": "mx",
}
