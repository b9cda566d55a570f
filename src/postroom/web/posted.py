"""Reads the body of a form, within bounds; every form of the pages is read here."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from postroom.web.errors import FormTooLarge

__all__ = ["posted_fields"]


async def posted_fields(request: Request, *, largest: int, most: int) -> list[tuple[str, str]]:
    """Return the names and values of a form, in its order.

    `largest` are the octets that it may have, `most` the fields. Raises FormTooLarge.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise FormTooLarge("The form is too large")
    try:
        return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        raise FormTooLarge("The form has too many fields") from None
