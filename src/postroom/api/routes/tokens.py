"""The routes of API tokens."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import tokens
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE
from postroom.schemas.answers import tokens as token_ans
from postroom.schemas.examples import tokens as token_ex
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import tokens as token_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("issueToken", "POST", "/v1/tokens", tokens.issue, ADMIN, "Issue token", "Tokens",
          token_ans.IssuedToken, token_ex.ISSUED_TOKEN, body=token_req.NewToken, body_example=token_ex.NEW_TOKEN),
    Route("listTokens", "GET", "/v1/tokens", tokens.list_tokens, ADMIN_READ, "List tokens", "Tokens",
          token_ans.TokensPage, token_ex.TOKENS, token_req.TokensQuery, account_query="account"),
    Route("getToken", "GET", "/v1/tokens/{id}", tokens.get_token, ADMIN_READ,
          "Get token", "Tokens", token_ans.Token, token_ex.TOKEN),
    Route("deleteToken", "DELETE", "/v1/tokens/{id}", tokens.remove_token, ADMIN_REMOVE, "Delete token", "Tokens",
          token_ans.RemovedToken, token_ex.REMOVED_TOKEN),
    Route("listAccountTokens", "GET", "/v1/tokens/account/{account}", tokens.list_account_tokens, ADMIN_READ,
          "List an account's tokens",
          "Tokens", token_ans.TokensPage, token_ex.TOKENS, query_req.PageQuery),
    Route("issueTokenAtOlderPath", "POST", "/v1/token", tokens.issue, ADMIN, "Issue token (older path)", "Tokens",
          token_ans.IssuedToken, token_ex.ISSUED_TOKEN, body=token_req.NewToken, body_example=token_ex.NEW_TOKEN,
          deprecated=True),
    Route("deleteTokenItself", "DELETE", "/v1/token/{token}", tokens.remove_by_secret, ADMIN_REMOVE,
          "Delete token by its value", "Tokens",
          token_ans.RemovedToken, token_ex.REMOVED_TOKEN, deprecated=True),
)
# fmt: on
