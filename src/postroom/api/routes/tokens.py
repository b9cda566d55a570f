"""The routes of API tokens."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import tokens
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import tokens as token_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("issueToken", "POST", "/v1/tokens", tokens.issue, ADMIN, "Issue token", "Tokens", body=token_req.NewToken),
    Route("listTokens", "GET", "/v1/tokens", tokens.list_tokens, ADMIN_READ, "List tokens", "Tokens",
          token_req.TokensQuery, account_query="account"),
    Route("getToken", "GET", "/v1/tokens/{id}", tokens.get_token, ADMIN_READ, "Get token", "Tokens"),
    Route("deleteToken", "DELETE", "/v1/tokens/{id}", tokens.remove_token, ADMIN_REMOVE, "Delete token", "Tokens"),
    Route("listAccountTokens", "GET", "/v1/tokens/account/{account}", tokens.list_account_tokens, ADMIN_READ,
          "List an account's tokens", "Tokens", query_req.PageQuery),
    Route("issueTokenAtOlderPath", "POST", "/v1/token", tokens.issue, ADMIN, "Issue token (older path)", "Tokens",
          body=token_req.NewToken, deprecated=True),
    Route("deleteTokenItself", "DELETE", "/v1/token/{token}", tokens.remove_by_secret, ADMIN_REMOVE,
          "Delete token by its value", "Tokens", deprecated=True),
)
# fmt: on
