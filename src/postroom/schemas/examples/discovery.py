"""Examples of autoconfig and diagnosis."""

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
EXAMINE: Final = {
    "imap": {
        "host": "imap.mail.me.com",
        "port": 993,
        "secure": True,
        "auth": {"user": "user@icloud.com", "pass": "password"},
    }
}
DIAGNOSIS: Final = {
    "success": False,
    "verdict": {
        "class": "authentication",
        "cause": "IMAP at imap.mail.me.com:993: the sign-in fails: Authentication failed",
        "cure": "Check user name and password; many providers want an app password or OAuth2.",
        "protocol": "imap",
        "step": "login",
        "code": "AUTHENTICATIONFAILED",
        "remarks": [],
    },
    "steps": [
        {
            "protocol": "imap",
            "step": "dns",
            "result": "ok",
            "time": 12,
            "details": {"addresses": ["192.0.2.7", "2001:db8::7"]},
        },
        {"protocol": "imap", "step": "tcp-ipv4", "result": "ok", "time": 31, "details": {"address": "192.0.2.7"}},
        {
            "protocol": "imap",
            "step": "login",
            "result": "failed",
            "time": 240,
            "code": "AUTHENTICATIONFAILED",
            "response": "Authentication failed",
            "advice": "Check user name and password; many providers want an app password or OAuth2.",
        },
        {"protocol": "imap", "step": "folders", "result": "skipped", "time": 0, "remark": "An earlier step failed."},
    ],
}
