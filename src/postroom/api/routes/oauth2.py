"""The routes of OAuth2 applications and access tokens."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import oauth2
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE
from postroom.schemas.requests import oauth2 as app_req
from postroom.schemas.requests import queries as query_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("registerOauthApp", "POST", "/v1/oauth2", oauth2.create, ADMIN, "Register OAuth2 application", "OAuth2",
          body=app_req.NewApp),
    Route("listOauthApps", "GET", "/v1/oauth2", oauth2.list_apps, ADMIN_READ, "List OAuth2 applications", "OAuth2",
          query_req.PageQuery),
    Route("getOauthApp", "GET", "/v1/oauth2/{app}", oauth2.get_app, ADMIN_READ, "Get OAuth2 application", "OAuth2"),
    Route("updateOauthApp", "PUT", "/v1/oauth2/{app}", oauth2.change, ADMIN, "Update OAuth2 application", "OAuth2",
          body=app_req.AppChange),
    Route("deleteOauthApp", "DELETE", "/v1/oauth2/{app}", oauth2.remove, ADMIN_REMOVE, "Delete OAuth2 application",
          "OAuth2"),
    Route("verifyOauthApp", "POST", "/v1/oauth2/{app}/verify", oauth2.verify, ADMIN, "Test OAuth2 application",
          "OAuth2", body=app_req.AppTrial, body_optional=True),
    Route("getAccessToken", "GET", f"{_A}/oauth-token", oauth2.access_token, ADMIN_READ, "Get access token", "OAuth2"),
)
# fmt: on
