"""The routes of OAuth2 applications and access tokens."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import oauth2
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, ADMIN_REMOVE
from postroom.schemas.answers import oauth2 as app_ans
from postroom.schemas.examples import oauth2 as app_ex
from postroom.schemas.requests import oauth2 as app_req
from postroom.schemas.requests import queries as query_req

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("registerOauthApp", "POST", "/v1/oauth2", oauth2.create, ADMIN, "Register OAuth2 application", "OAuth2",
          app_ans.AppCreated, app_ex.CREATED, body=app_req.NewApp, body_example=app_ex.NEW_APP),
    Route("listOauthApps", "GET", "/v1/oauth2", oauth2.list_apps, ADMIN_READ, "List OAuth2 applications", "OAuth2",
          app_ans.AppsPage, app_ex.APPS, query_req.PageQuery),
    Route("getOauthApp", "GET", "/v1/oauth2/{app}", oauth2.get_app, ADMIN_READ, "Get OAuth2 application", "OAuth2",
          app_ans.App, app_ex.APP),
    Route("updateOauthApp", "PUT", "/v1/oauth2/{app}", oauth2.change, ADMIN, "Update OAuth2 application", "OAuth2",
          app_ans.AppUpdated, app_ex.UPDATED, body=app_req.AppChange, body_example=app_ex.APP_CHANGE),
    Route("deleteOauthApp", "DELETE", "/v1/oauth2/{app}", oauth2.remove, ADMIN_REMOVE,
          "Delete OAuth2 application", "OAuth2",
          app_ans.AppRemoved, app_ex.REMOVED),
    Route("verifyOauthApp", "POST", "/v1/oauth2/{app}/verify", oauth2.verify, ADMIN,
          "Test OAuth2 application", "OAuth2",
          app_ans.AppVerified, app_ex.VERIFIED, body=app_req.AppTrial, body_example=app_ex.TRIAL, body_optional=True),
    Route("getAccessToken", "GET", f"{_A}/oauth-token", oauth2.access_token, ADMIN_READ, "Get access token", "OAuth2",
          app_ans.AccessToken, app_ex.ACCESS_TOKEN),
)
# fmt: on
