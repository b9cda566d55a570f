"""OAuth2 applications, and the access tokens of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.client.request import ApiRequest, Repeat, made, path
from postroom.client.walking import PageWalk

if TYPE_CHECKING:
    from postroom.schemas.answers import oauth2
    from postroom.schemas.requests.oauth2 import AppChange, AppTrial, NewApp

_APPS = "/v1/oauth2"
_APP = "/v1/oauth2/{}"


def register(body: NewApp) -> ApiRequest[oauth2.AppCreated]:
    """Store an application that you registered with a provider."""
    return made("POST", _APPS, body=body)


def page(*, page: int = 0, page_size: int = 20) -> ApiRequest[oauth2.AppsPage]:
    """Return one page of the applications, oldest first."""
    return made("GET", _APPS, query={"page": page, "pageSize": page_size})


def listed(*, page_size: int = 100) -> PageWalk[oauth2.App]:
    """Go through the applications, oldest first."""
    return PageWalk(
        lambda number, size: page(page=number, page_size=size), "apps", lambda found: found["id"], page_size=page_size
    )


def get(app: str) -> ApiRequest[oauth2.App]:
    """Return an application. Secrets are shown as `******`."""
    return made("GET", path(_APP, app))


def update(app: str, body: AppChange) -> ApiRequest[oauth2.AppUpdated]:
    """Change an application; absent fields stay."""
    return made("PUT", path(_APP, app), body=body)


def delete(app: str) -> ApiRequest[oauth2.AppRemoved]:
    """Remove an application."""
    return made("DELETE", path(_APP, app))


def verify(app: str, body: AppTrial | None = None) -> ApiRequest[oauth2.AppVerified]:
    """Test an application step by step, with an account if one is named."""
    where = path(f"{_APP}/verify", app)
    return made("POST", where, body={} if body is None else body, repeat=Repeat.UNRECEIVED, timeout=180.0)


def access_token(account: str) -> ApiRequest[oauth2.AccessToken]:
    """Return an access token of an account that is valid now, if the settings allow it."""
    return made("GET", path("/v1/account/{}/oauth-token", account))
