"""API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.client.request import ApiRequest, QueryValue, made, path
from postroom.client.walking import PageWalk

if TYPE_CHECKING:
    from postroom.schemas.answers import tokens
    from postroom.schemas.requests.tokens import NewToken

_TOKENS = "/v1/tokens"


def issue(body: NewToken) -> ApiRequest[tokens.IssuedToken]:
    """Make a token. The answer has the token itself, which is shown only once."""
    return made("POST", _TOKENS, body=body)


def page(
    *, page: int = 0, page_size: int = 20, account: str | None = None, query: str | None = None
) -> ApiRequest[tokens.TokensPage]:
    """Return one page of the tokens, newest first."""
    wanted: dict[str, QueryValue] = {"page": page, "pageSize": page_size, "account": account, "query": query}
    return made("GET", _TOKENS, query=wanted)


def listed(*, account: str | None = None, query: str | None = None, page_size: int = 100) -> PageWalk[tokens.Token]:
    """Go through the tokens that match, newest first."""

    def ask(number: int, size: int) -> ApiRequest[tokens.TokensPage]:
        return page(page=number, page_size=size, account=account, query=query)

    return PageWalk(ask, "tokens", lambda found: found["id"], page_size=page_size)


def account_page(account: str, *, page: int = 0, page_size: int = 20) -> ApiRequest[tokens.TokensPage]:
    """Return one page of the tokens that are bound to an account."""
    return made("GET", path(f"{_TOKENS}/account/{{}}", account), query={"page": page, "pageSize": page_size})


def get(token_id: str) -> ApiRequest[tokens.Token]:
    """Return what is known of a token; `token_id` is its id, not the token itself."""
    return made("GET", path(f"{_TOKENS}/{{}}", token_id))


def delete(token_id: str) -> ApiRequest[tokens.RemovedToken]:
    """Make a token invalid; `token_id` is its id."""
    return made("DELETE", path(f"{_TOKENS}/{{}}", token_id))


def delete_by_value(token: str) -> ApiRequest[tokens.RemovedToken]:
    """Make a token invalid by the token itself. Logs of proxies may show it, so `delete` is better."""
    return made("DELETE", path("/v1/token/{}", token), label="DELETE /v1/token/******")
