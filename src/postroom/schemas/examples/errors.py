"""Examples of errors, by status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def error(status: int, message: str, code: str, **more: object) -> Mapping[str, object]:
    """Return the example of an error."""
    return {"error": message, "message": message, "code": code, "statusCode": status, **more}


_NAMELESS: Final = {"message": '"name" is required', "key": "name", "path": "name"}
ERRORS: Final[Mapping[int, Mapping[str, object]]] = {
    400: error(400, "Invalid input", "InvalidInput", fields=[_NAMELESS]),
    401: error(401, "The access token is not known", "UnknownToken"),
    403: error(403, "Unauthorized scope", "AccessDenied", requestedScope="api"),
    404: error(404, "Account record was not found for requested ID", "AccountNotFound"),
    408: error(408, "The body did not arrive within 30 seconds", "RequestTimeout"),
    409: error(
        409,
        "This Idempotency-Key was used before, with another request. Use a new key for each message, and the same key "
        "only to repeat the same request.",
        "IdempotencyKeyReused",
    ),
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
    416: error(
        416,
        "The content has 52310 octets and ends before the range begins",
        "RangeNotSatisfiable",
    ),
    422: error(
        422,
        "'gmailRaw' needs the extension X-GM-EXT-1, which the mail server does not offer",
        "MissingServerExtension",
        key="gmailRaw",
        extension="X-GM-EXT-1",
    ),
    429: error(
        429,
        "The access token is not valid, and more than 60 wrong ones came from your address within a minute "
        "(POSTROOM_WRONG_TOKEN_LIMIT). A valid token is accepted at any time.",
        "TooManyWrongTokens",
    ),
    500: error(500, "Internal error; the log has the details", "InternalError", incident="9f86d081"),
    502: error(
        502,
        "The mail server refused FETCH: the index is damaged",
        "SERVERBUG",
        info={"response": "the index is damaged"},
    ),
    503: error(503, "The database cannot be used now; nothing was stored", "StorageUnavailable"),
    504: error(
        504,
        "Nothing came of it within 15 s: the mail server has not answered FETCH. Allow more with the header "
        "X-EE-Timeout",
        "Timeout",
        ttl=15000,
    ),
}
