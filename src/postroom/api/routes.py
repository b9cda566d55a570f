"""Every path of the API on one screen: who may call it, what it takes, what it answers."""

from __future__ import annotations

from typing import Any, Final

from postroom.access.tokens import Needs
from postroom.api import accounts, commands, discovery, health, oauth2, reference, settings, tokens, verification
from postroom.api import discovery_examples as found_ex
from postroom.api import examples as ex
from postroom.api import oauth2_examples as app_ex
from postroom.api.route import Route
from postroom.api.schemas import accounts as req
from postroom.api.schemas import answers as ans
from postroom.api.schemas import discovery as found
from postroom.api.schemas import oauth2 as app_req
from postroom.api.schemas import oauth2_answers as app_ans
from postroom.api.schemas import settings as set_req
from postroom.api.schemas import tokens as tok_req

OPEN: Final = None
READ: Final = Needs("api", "account", "read")
WRITE: Final = Needs("api", "account", "write")
REMOVE: Final = Needs("api", "account", "destructive")
ADMIN_READ: Final = Needs("api", "admin", "read")
ADMIN: Final = Needs("api", "admin", "write")
ADMIN_REMOVE: Final = Needs("api", "admin", "destructive")
METRICS: Final = Needs("metrics", "diagnostics", "read")

_A: Final = "/v1/account/{account}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("POST", "/v1/account", accounts.register, ADMIN, "Register account", "Accounts",
          ans.Registered, ex.REGISTERED, req.RegisterQuery, req.NewAccount, ex.NEW_ACCOUNT),
    Route("GET", "/v1/accounts", accounts.list_accounts, READ, "List accounts", "Accounts",
          ans.AccountsPage, ex.ACCOUNTS, req.AccountsQuery),
    Route("GET", _A, accounts.get_account, READ, "Get account details", "Accounts",
          ans.Account, ex.ACCOUNT, req.DetailQuery),
    Route("PUT", _A, accounts.change_account, ADMIN, "Update account", "Accounts",
          ans.Changed, ex.CHANGED, req.ChangeQuery, req.AccountChange, ex.CHANGE, errors=(412,)),
    Route("DELETE", _A, accounts.remove_account, REMOVE, "Delete account", "Accounts",
          ans.Removed, ex.REMOVED, req.RemovalQuery),
    Route("PUT", f"{_A}/reconnect", commands.reconnect, WRITE, "Reconnect account", "Accounts",
          ans.ReconnectAnswer, ex.RECONNECTED, body=req.Reconnect, body_example=ex.RECONNECT, body_optional=True),
    Route("PUT", f"{_A}/disconnect", commands.disconnect, WRITE, "Stop account until reconnect", "Accounts",
          ans.DisconnectAnswer, ex.DISCONNECTED, body=req.Disconnect, body_example=ex.DISCONNECT, body_optional=True),
    Route("PUT", f"{_A}/sync", commands.sync, WRITE, "Sync account now", "Accounts",
          ans.SyncAnswer, ex.SYNCED, body=req.Sync, body_example=ex.SYNC, body_optional=True),
    Route("PUT", f"{_A}/flush", commands.flush, REMOVE, "Forget the mailbox and begin again", "Accounts",
          ans.FlushAnswer, ex.FLUSHED, body=req.Flush, body_example=ex.FLUSH, body_optional=True),
    Route("GET", f"{_A}/timeline", accounts.timeline, READ, "List state changes", "Accounts",
          ans.Timeline, ex.TIMELINE, req.PageQuery),
    Route("POST", "/v1/verifyAccount", verification.verify_account, ADMIN, "Try settings", "Accounts",
          ans.Verified, ex.VERIFIED, body=req.Verify, body_example=ex.VERIFY),
    Route("GET", "/v1/autoconfig", discovery.autoconfig, ADMIN_READ, "Find mail servers", "Accounts",
          found.FoundServers, found_ex.FOUND_SERVERS, found.AutoconfigQuery),

    Route("POST", "/v1/tokens", tokens.issue, ADMIN, "Issue token", "Tokens",
          ans.IssuedToken, ex.ISSUED_TOKEN, body=tok_req.NewToken, body_example=ex.NEW_TOKEN),
    Route("GET", "/v1/tokens", tokens.list_tokens, ADMIN_READ, "List tokens", "Tokens",
          ans.TokensPage, ex.TOKENS, tok_req.TokensQuery, account_query="account"),
    Route("GET", "/v1/tokens/{id}", tokens.get_token, ADMIN_READ, "Get token", "Tokens", ans.Token, ex.TOKEN),
    Route("DELETE", "/v1/tokens/{id}", tokens.remove_token, ADMIN_REMOVE, "Delete token", "Tokens",
          ans.RemovedToken, ex.REMOVED_TOKEN),
    Route("GET", "/v1/tokens/account/{account}", tokens.list_account_tokens, ADMIN_READ, "List an account's tokens",
          "Tokens", ans.TokensPage, ex.TOKENS, req.PageQuery),
    Route("POST", "/v1/token", tokens.issue, ADMIN, "Issue token (older path)", "Tokens",
          ans.IssuedToken, ex.ISSUED_TOKEN, body=tok_req.NewToken, body_example=ex.NEW_TOKEN, deprecated=True),
    Route("DELETE", "/v1/token/{token}", tokens.remove_by_secret, ADMIN_REMOVE, "Delete token by itself", "Tokens",
          ans.RemovedToken, ex.REMOVED_TOKEN, deprecated=True),

    Route("POST", "/v1/oauth2", oauth2.create, ADMIN, "Register OAuth2 application", "OAuth2",
          app_ans.AppCreated, app_ex.CREATED, body=app_req.NewApp, body_example=app_ex.NEW_APP),
    Route("GET", "/v1/oauth2", oauth2.list_apps, ADMIN_READ, "List OAuth2 applications", "OAuth2",
          app_ans.AppsPage, app_ex.APPS, req.PageQuery),
    Route("GET", "/v1/oauth2/{app}", oauth2.get_app, ADMIN_READ, "Get OAuth2 application", "OAuth2",
          app_ans.App, app_ex.APP),
    Route("PUT", "/v1/oauth2/{app}", oauth2.change, ADMIN, "Update OAuth2 application", "OAuth2",
          app_ans.AppUpdated, app_ex.UPDATED, body=app_req.AppChange, body_example=app_ex.APP_CHANGE),
    Route("DELETE", "/v1/oauth2/{app}", oauth2.remove, ADMIN_REMOVE, "Delete OAuth2 application", "OAuth2",
          app_ans.AppRemoved, app_ex.REMOVED),

    Route("GET", "/v1/settings", settings.get_settings, ADMIN_READ, "Get settings", "Settings",
          ans.ShownSettings, ex.SETTINGS, set_req.SettingsQuery),
    Route("POST", "/v1/settings", settings.change_settings, ADMIN, "Change settings", "Settings",
          ans.UpdatedSettings, ex.UPDATED, body=set_req.SettingsChange, body_example=ex.SETTINGS_CHANGE),

    Route("GET", "/metrics", health.metrics, METRICS, "Figures for Prometheus", "Operation",
          str, ex.METRICS, media_type="text/plain"),
    Route("GET", "/health", health.health, OPEN, "Is the gateway alive", "Operation", ans.Healthy, ex.HEALTHY),
    Route("GET", "/openapi.json", reference.document, OPEN, "This document", "Operation", dict[str, Any], {}),
    Route("GET", "/swagger.json", reference.document, OPEN, "This document, under its older name", "Operation",
          dict[str, Any], {}),
    Route("GET", "/docs", reference.page, OPEN, "The reference for reading", "Operation",
          str, "<!doctype html>", media_type="text/html"),
)
# fmt: on
