"""Identifies the caller of a request: its token, and the address it comes from."""

from __future__ import annotations

from starlette.requests import Request

from postroom.access.service import Tokens
from postroom.access.tokens import Token, TokenRefused, is_within


async def identify(tokens: Tokens, request: Request, address: str | None) -> Token:
    """Return the caller's token: `Authorization: Bearer …`, or `access_token` in the query. Raises TokenRefused."""
    return await tokens.recognise(_presented(request), address)


def _presented(request: Request) -> str:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenRefused("The Authorization header must be: Bearer TOKEN", code="InvalidToken")
        return token.strip()
    token = request.query_params.get("access_token", "")
    if not token:
        raise TokenRefused("An access token is required: send Authorization: Bearer TOKEN", code="MissingToken")
    return token


def client_address(request: Request, trusted: tuple[str, ...]) -> str | None:
    """Return the address of the client: the last hop that is not a trusted proxy.

    Only the entries of `X-Forwarded-For` that trusted proxies wrote count, because a client can send anything in it.
    """
    nearest = request.client.host if request.client is not None else None
    if nearest is None or not trusted or not is_within(nearest, trusted):
        return nearest
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        nearest = hop
        if not is_within(hop, trusted):
            break
    return nearest
