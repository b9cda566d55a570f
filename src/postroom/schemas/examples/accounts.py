"""The examples of the reference: one request and one answer for every operation."""

from __future__ import annotations

from typing import Any, Final

import orjson

_ID: Final = "user@example.com"
_AUTH: Final = {"user": _ID, "pass": "password"}
_IMAP: Final = {"host": "imap.example.com", "port": 993, "secure": True, "auth": _AUTH}
_SMTP: Final = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": _AUTH}
_HIDDEN: Final = {"user": _ID, "pass": "******"}
_COUNTERS: Final = {"sent": 42, "received": 128, "events": {"messageNew": 128, "messageSent": 42}}
_TOKEN_ID: Final = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # noqa: S105 - a public hash

NEW_ACCOUNT: Final = {"account": _ID, "name": "John Doe", "imap": _IMAP, "smtp": _SMTP}
REGISTERED: Final = {"account": _ID, "state": "init", "created": True}
_LISTED: Final = {
    "account": _ID,
    "name": "John Doe",
    "email": _ID,
    "type": "imap",
    "state": "connected",
    "health": "healthy",
    "syncTime": 1640995200000,
    "lastError": None,
    "waiting": None,
    "counters": _COUNTERS,
}
ACCOUNTS: Final = {
    "total": 2,
    "page": 0,
    "pages": 1,
    "query": False,
    "state": "*",
    "accounts": [
        _LISTED,
        {
            **_LISTED,
            "account": "user2@example.com",
            "name": "Jane Smith",
            "email": "user2@example.com",
            "state": "authenticationError",
            "health": "failing",
            "lastError": {
                "response": "Invalid credentials",
                "serverResponseCode": "AUTHENTICATIONFAILED",
                "phase": "login",
                "time": "2025-01-01T12:00:00.000Z",
                "advice": "Check user name and password; some providers want an app password.",
            },
        },
    ],
}
ACCOUNT: Final[dict[str, Any]] = {
    "account": _ID,
    "name": "John Doe",
    "imap": {**_IMAP, "auth": _HIDDEN, "disabled": False},
    "smtp": {**_SMTP, "auth": _HIDDEN, "disabled": False},
    **_LISTED,
    "stateSince": "2025-01-01T12:00:00.000Z",
    "nextAttempt": None,
    "connections": 1,
    "server": {"greeting": "Ready", "capabilities": ["IDLE", "IMAP4REV1"]},
    "sync": {"folders": {"done": 12, "total": 12}, "messages": {"done": 20000, "total": 20000}},
    "syncError": None,
    "created": "2025-01-01T00:00:00.000Z",
    "notifyFrom": "2025-01-01T00:00:00.000Z",
    "syncFrom": None,
    "path": ["*"],
    "copy": None,
    "logs": False,
    "imapIndexer": "full",
    "metadata": {"tenant": "42"},
}
CHANGE: Final = {
    "name": "New Display Name",
    "imap": {"partial": True, "port": 993},
    "smtp": {"partial": True, "port": 465},
}
CHANGED: Final = {"success": True, "account": _ID}
REMOVED: Final = {"success": True, "account": _ID, "deleted": True}
RECONNECT: Final = {"reconnect": True}
RECONNECTED: Final = {"success": True, "reconnect": True, "account": _ID}
DISCONNECT: Final = {"disconnect": True}
DISCONNECTED: Final = {"success": True, "disconnect": True, "account": _ID}
SYNC: Final = {"sync": True}
SYNCED: Final = {"success": True, "sync": True, "account": _ID}
FLUSH: Final = {"flush": True, "notifyFrom": "2025-01-01T00:00:00.000Z"}
FLUSHED: Final = {"success": True, "flush": True, "account": _ID}
TIMELINE: Final = {
    "account": _ID,
    "total": 1,
    "page": 0,
    "pages": 1,
    "timeline": [{"id": 1, "time": "2025-01-01T00:00:00.000Z", "state": "init", "cause": "registered", "attempt": 0}],
}
VERIFY: Final = {"imap": _IMAP, "smtp": _SMTP, "mailboxes": True}
VERIFIED: Final = {
    "imap": {
        "success": True,
        "host": "imap.example.com",
        "port": 993,
        "server": {"greeting": "Ready", "capabilities": ["IDLE", "IMAP4REV1"]},
    },
    "smtp": {
        "success": False,
        "host": "smtp.example.com",
        "port": 465,
        "error": "Authentication failed",
        "code": "535",
        "statusCode": 535,
        "responseText": "Authentication credentials invalid",
        "phase": "login",
        "advice": "Check user name and password; some providers want an app password.",
    },
    "mailboxes": [
        {
            "path": "INBOX",
            "name": "INBOX",
            "delimiter": "/",
            "parentPath": "",
            "listed": True,
            "subscribed": True,
            "noInferiors": False,
            "specialUse": "\\Inbox",
            "specialUseSource": "name",
        }
    ],
}
NEW_TOKEN: Final = {
    "description": "For the address book",
    "scopes": ["api"],
    "account": _ID,
    "expires": "2100-01-01T00:00:00.000Z",
    "restrictions": {"addresses": ["192.0.2.0/24", "2001:db8::/32"]},
}
ISSUED_TOKEN: Final = {"token": "0" * 64, "id": _TOKEN_ID}
TOKEN: Final[dict[str, Any]] = {
    "id": _TOKEN_ID,
    **NEW_TOKEN,
    "created": "2025-01-01T00:00:00.000Z",
    "access": {"time": "2025-01-01T12:00:00.000Z", "ip": "192.0.2.7"},
    "ip": "192.0.2.7",
}
TOKENS: Final = {"total": 1, "page": 0, "pages": 1, "tokens": [TOKEN]}
REMOVED_TOKEN: Final = {"success": True, "id": _TOKEN_ID, "deleted": True}
SETTINGS: Final = {
    "webhooksEnabled": True,
    "webhooks": "https://app.example.com/hooks",
    "webhookEvents": ["*"],
    "serviceSecret": True,
}
SETTINGS_CHANGE: Final = {
    "webhooksEnabled": True,
    "webhooks": "https://app.example.com/hooks",
    "webhookEvents": ["messageNew", "authenticationError"],
    "webhooksCustomHeaders": [{"key": "X-Api-Key", "value": "key"}],
}
UPDATED: Final = {"updated": ["webhooksEnabled", "webhooks", "webhookEvents", "webhooksCustomHeaders"]}
EVENT: Final = {
    "seq": 1042,
    "id": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
    "serviceUrl": "https://mail.example.com",
    "account": _ID,
    "date": "2025-01-01T12:00:00.000Z",
    "path": "INBOX",
    "specialUse": "\\Inbox",
    "event": "messageDeleted",
    "data": {"id": "AAAAAQAAAGU", "uid": 101},
}
EVENTS: Final = {"events": [EVENT], "cursor": 1042, "more": False}
_EVENT_TEXT: Final = orjson.dumps(EVENT).decode()
EVENT_STREAM: Final = f": Postroom 1.0.0\n\nid: 1042\nevent: messageDeleted\ndata: {_EVENT_TEXT}\n\n"
CHANGE_STREAM: Final = (
    ": Postroom 1.0.0\n\nevent: message\n"
    f'data: {{"account":"{_ID}","type":"state","key":"connected","payload":null,"stateLabel":"Connected"}}\n\n'
)
_ENDPOINT_ID: Final = "wh_0123456789abcdef01234567"
_ENDPOINT_SECRET: Final = "whsec_bm90LWEtc2VjcmV0LWp1c3QtYW4tZXhhbXBsZSE="  # noqa: S105 - an example
NEW_ENDPOINT: Final = {
    "url": "https://app.example.com/hooks/mail",
    "events": ["messageNew", "authenticationError"],
    "metadata": {"tenant": "42"},
    "customHeaders": [{"key": "X-Api-Key", "value": "key"}],
    "description": "The orders inbox",
}
ENDPOINT: Final[dict[str, Any]] = {
    "id": _ENDPOINT_ID,
    "kind": "endpoint",
    "enabled": True,
    "created": "2025-01-01T00:00:00.000Z",
    "updated": "2025-01-01T00:00:00.000Z",
    "failingSince": None,
    "pausedUntil": None,
    "lastError": None,
    **NEW_ENDPOINT,
    "accounts": [],
    "customHeaders": [{"key": "X-Api-Key", "value": "******"}],
    "secret": "******",
}
MADE_ENDPOINT: Final = {**ENDPOINT, "secret": _ENDPOINT_SECRET}
ENDPOINTS: Final = {"webhooks": [ENDPOINT]}
ENDPOINT_DETAILS: Final = {
    **ENDPOINT,
    "deliveries": {"pending": 0, "delivered": 128, "dead": 1, "dropped": 0, "replayed": 0},
}
ENDPOINT_CHANGE: Final = {"enabled": True, "events": ["*"]}
REMOVED_ENDPOINT: Final = {"success": True, "id": _ENDPOINT_ID, "deleted": True}
ROTATION: Final = {"overlap": 3600}
ROTATED: Final = {"id": _ENDPOINT_ID, "secret": _ENDPOINT_SECRET, "overlap": 3600}
DELIVERIES: Final = {
    "total": 1,
    "page": 0,
    "pages": 1,
    "deliveries": [
        {
            "id": 77,
            "account": _ID,
            "event": "messageNew",
            "eventId": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
            "state": "dead",
            "attempts": 10,
            "created": "2025-01-01T12:00:00.000Z",
            "attempted": "2025-01-04T15:00:00.000Z",
            "finished": "2025-01-04T15:00:00.000Z",
            "status": 500,
            "error": "the endpoint answered 500",
        }
    ],
}
REPLAYED_DELIVERY: Final = {"success": True, "delivery": 77, "queued": True}
REPLAY: Final = {"since": "2025-01-01T00:00:00.000Z", "account": _ID, "types": ["messageNew"]}
REPLAYED: Final = {"success": True, "queued": 12, "complete": True, "after": 4711}
TRIAL: Final = {
    "success": True,
    "status": 200,
    "code": None,
    "message": "delivered",
    "eventId": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
}
HEALTHY: Final = {"success": True}
NODES: Final[dict[str, Any]] = {
    "nodes": [
        {
            "id": "mail-1-5f0c9a3e",
            "version": "0.1.0",
            "host": "mail-1",
            "since": "2026-01-05T09:30:00.000Z",
            "state": "active",
            "accounts": 5000,
            "lastHeartbeat": "2026-01-05T12:00:01.250Z",
            "load": {"cpu": 0.21, "memory": 412000000, "runners": 5000},
        }
    ]
}
NODE_DRAINING: Final[dict[str, Any]] = {"id": "mail-1-5f0c9a3e", "state": "draining"}
NODE_ACTIVE: Final[dict[str, Any]] = {"id": "mail-1-5f0c9a3e", "state": "active"}
METRICS: Final = 'postroom_accounts{state="connected"} 2.0\n'


def error(status: int, message: str, code: str, **more: Any) -> dict[str, Any]:
    """Return the example of an error."""
    return {"error": message, "message": message, "code": code, "statusCode": status, **more}


ERRORS: Final[dict[int, dict[str, Any]]] = {
    400: error(400, "Invalid input", "InvalidInput", fields=[{"message": '"name" is required', "key": "name"}]),
    401: error(401, "The access token is not known", "UnknownToken"),
    403: error(403, "Unauthorized scope", "AccessDenied", requestedScope="api"),
    404: error(404, "Account record was not found for requested ID", "AccountNotFound"),
    408: error(408, "The body did not arrive within 30 seconds", "RequestTimeout"),
    410: error(
        410,
        "Events up to number 1000 are no longer kept, so some after this cursor are gone. "
        "Read the accounts anew, then go on with since=1000.",
        "CursorExpired",
        oldest=1000,
    ),
    412: error(
        412,
        "The account was changed since it was read; read it again and repeat the change.",
        "PreconditionFailed",
    ),
    413: error(413, "The body is larger than the 5242880 bytes that are accepted", "PayloadTooLarge"),
    415: error(415, "The body must be JSON; send it with Content-Type: application/json", "UnsupportedMediaType"),
    429: error(
        429,
        "The access token is not valid, and more than 60 wrong ones came from your address within a minute "
        "(POSTROOM_WRONG_TOKEN_LIMIT). A valid token is accepted at any time.",
        "TooManyWrongTokens",
    ),
    500: error(500, "Internal error; the log has the details", "InternalError", incident="9f86d081"),
    503: error(503, "The database cannot be used now; nothing was stored", "StorageUnavailable"),
}

NEW_FORM: Final = {"redirectUrl": "https://app.example.com/connected", "account": "ada", "name": "Ada Example"}
FORM_URL: Final = {"url": "https://postroom.example.com/accounts/new?data=eyJyZWRpcmVjdFVybCI6Imh0dHBz&sig=K5qB1zt9"}
