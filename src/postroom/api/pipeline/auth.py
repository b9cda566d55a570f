"""Identifies the caller of a request: its token, and the address it comes from."""

from __future__ import annotations

from starlette.requests import Request

from postroom.access.addresses import nearest_stranger
from postroom.access.insiders import insider_in, rights_of
from postroom.access.service import Tokens
from postroom.access.tokens import Token, TokenRefused
from postroom.http.fields import sent_field


async def identify(tokens: Tokens, request: Request, address: str | None) -> Token:
    """Return the caller's token: `Authorization: Bearer …`, or `access_token` in the query. Raises TokenRefused.

    A person of the dashboard who calls from inside the process has all rights, and needs none.
    """
    insider = insider_in(request.scope)
    if insider is not None:
        return rights_of(insider)
    return await tokens.recognise(_presented(request), address)


def _presented(request: Request) -> str:
    header = sent_field(request.scope, b"authorization")
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
    """Return the address of the client: the last hop that is not a trusted proxy."""
    client = request.scope.get("client")
    peer: str | None = client[0] if client else None
    if not trusted:
        return peer
    return nearest_stranger(peer, request.headers.getlist("x-forwarded-for"), trusted)
