"""The table of every path of the API: who may call it, what it takes, what it answers."""

from __future__ import annotations

from typing import Final

from postroom.access.tokens import Needs
from postroom.api.handlers import (
    accounts,
    commands,
    discovery,
    events,
    health,
    nodes,
    oauth2,
    settings,
    sign_in,
    tokens,
    verification,
    webhooks,
)
from postroom.api.pipeline.route import Route
from postroom.api.reference import handlers as reference
from postroom.api.streaming.event_stream import MEDIA_TYPE as STREAM
from postroom.schemas.answers import accounts as account_ans
from postroom.schemas.answers import commands as command_ans
from postroom.schemas.answers import discovery as found_ans
from postroom.schemas.answers import events as event_ans
from postroom.schemas.answers import oauth2 as app_ans
from postroom.schemas.answers import operation as op_ans
from postroom.schemas.answers import settings as setting_ans
from postroom.schemas.answers import sign_in as form_ans
from postroom.schemas.answers import tokens as token_ans
from postroom.schemas.answers import verification as trial_ans
from postroom.schemas.answers import webhooks as hook_ans
from postroom.schemas.examples import accounts as account_ex
from postroom.schemas.examples import commands as command_ex
from postroom.schemas.examples import discovery as found_ex
from postroom.schemas.examples import events as event_ex
from postroom.schemas.examples import oauth2 as app_ex
from postroom.schemas.examples import operation as op_ex
from postroom.schemas.examples import settings as setting_ex
from postroom.schemas.examples import sign_in as form_ex
from postroom.schemas.examples import tokens as token_ex
from postroom.schemas.examples import verification as trial_ex
from postroom.schemas.examples import webhooks as hook_ex
from postroom.schemas.requests import accounts as account_req
from postroom.schemas.requests import commands as command_req
from postroom.schemas.requests import discovery as found_req
from postroom.schemas.requests import events as event_req
from postroom.schemas.requests import oauth2 as app_req
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import settings as setting_req
from postroom.schemas.requests import sign_in as form_req
from postroom.schemas.requests import tokens as token_req
from postroom.schemas.requests import verification as trial_req
from postroom.schemas.requests import webhooks as hook_req

OPEN: Final = None
READ: Final = Needs("api", "account", "read")
WRITE: Final = Needs("api", "account", "write")
REMOVE: Final = Needs("api", "account", "destructive")
ADMIN_READ: Final = Needs("api", "admin", "read")
ADMIN: Final = Needs("api", "admin", "write")
ADMIN_REMOVE: Final = Needs("api", "admin", "destructive")
EVENTS: Final = Needs("api", "events", "read")
HOOK_READ: Final = Needs("api", "webhook", "read")
HOOK_WRITE: Final = Needs("api", "webhook", "write")
METRICS: Final = Needs("metrics", "diagnostics", "read")

_A: Final = "/v1/account/{account}"
_W: Final = "/v1/webhooks/{id}"
_IF_MATCH: Final = {"If-Match": "Change the account only if it still has this `ETag`"}
_ETAG: Final = {"ETag": "The version of the account, for `If-Match`"}
_RESUME: Final = {events.LAST_EVENT_ID: "The number of the last event seen; the stream continues after it"}

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("registerAccount", "POST", "/v1/account", accounts.register, ADMIN, "Register account", "Accounts",
          account_ans.Registered | account_ans.Consent, account_ex.REGISTERED, account_req.RegisterQuery,
          account_req.NewAccount, account_ex.NEW_ACCOUNT),
    Route("listAccounts", "GET", "/v1/accounts", accounts.list_accounts, READ, "List accounts", "Accounts",
          account_ans.AccountsPage, account_ex.ACCOUNTS, account_req.AccountsQuery),
    Route("getAccount", "GET", _A, accounts.get_account, READ, "Get account details", "Accounts",
          account_ans.Account, account_ex.ACCOUNT, account_req.DetailQuery, answer_headers=_ETAG),
    Route("updateAccount", "PUT", _A, accounts.change_account, ADMIN, "Update account", "Accounts",
          account_ans.Changed, account_ex.CHANGED, account_req.ChangeQuery, account_req.AccountChange,
          account_ex.CHANGE, headers=_IF_MATCH,
          answer_headers=_ETAG, errors=(412,)),
    Route("deleteAccount", "DELETE", _A, accounts.remove_account, REMOVE, "Delete account", "Accounts",
          account_ans.Removed, account_ex.REMOVED, account_req.RemovalQuery),
    Route("reconnectAccount", "PUT", f"{_A}/reconnect", commands.reconnect, WRITE, "Reconnect account", "Accounts",
          command_ans.ReconnectAnswer, command_ex.RECONNECTED, body=command_req.Reconnect,
          body_example=command_ex.RECONNECT, body_optional=True),
    Route("disconnectAccount", "PUT", f"{_A}/disconnect", commands.disconnect, WRITE,
          "Disconnect account until it is reconnected", "Accounts",
          command_ans.DisconnectAnswer, command_ex.DISCONNECTED, body=command_req.Disconnect,
          body_example=command_ex.DISCONNECT, body_optional=True),
    Route("syncAccount", "PUT", f"{_A}/sync", commands.sync, WRITE, "Sync account now", "Accounts",
          command_ans.SyncAnswer, command_ex.SYNCED, body=command_req.Sync, body_example=command_ex.SYNC,
          body_optional=True),
    Route("flushAccount", "PUT", f"{_A}/flush", commands.flush, REMOVE,
          "Flush account and sync it anew", "Accounts",
          command_ans.FlushAnswer, command_ex.FLUSHED, body=command_req.Flush, body_example=command_ex.FLUSH,
          body_optional=True),
    Route("listStateChanges", "GET", f"{_A}/timeline", accounts.timeline, READ, "List state changes", "Accounts",
          account_ans.Timeline, account_ex.TIMELINE, query_req.PageQuery),
    Route("verifyAccount", "POST", "/v1/verifyAccount", verification.verify_account, ADMIN,
          "Verify settings", "Accounts",
          trial_ans.Verified, trial_ex.VERIFIED, body=trial_req.Verify, body_example=trial_ex.VERIFY),
    Route("createSignInLink", "POST", "/v1/authentication/form", sign_in.new_form, ADMIN,
          "Create a link to the hosted sign-in", "Accounts",
          form_ans.FormUrl, form_ex.FORM_URL, body=form_req.NewForm, body_example=form_ex.NEW_FORM),
    Route("findServers", "GET", "/v1/autoconfig", discovery.autoconfig, ADMIN_READ, "Find mail servers", "Accounts",
          found_ans.FoundServers, found_ex.FOUND_SERVERS, found_req.AutoconfigQuery),
    Route("diagnoseAccount", "POST", f"{_A}/diagnosis", discovery.diagnose_account, WRITE,
          "Diagnose account", "Accounts",
          found_ans.Diagnosis, found_ex.DIAGNOSIS),
    Route("diagnoseSettings", "POST", "/v1/diagnosis", discovery.diagnose_settings, ADMIN,
          "Diagnose settings",
          "Accounts", found_ans.Diagnosis, found_ex.DIAGNOSIS, body=found_req.Examine, body_example=found_ex.EXAMINE),

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

    Route("getSettings", "GET", "/v1/settings", settings.get_settings, ADMIN_READ, "Get settings", "Settings",
          setting_ans.ShownSettings, setting_ex.SETTINGS, setting_req.SettingsQuery),
    Route("changeSettings", "POST", "/v1/settings", settings.change_settings, ADMIN, "Change settings", "Settings",
          setting_ans.UpdatedSettings, setting_ex.UPDATED, body=setting_req.SettingsChange,
          body_example=setting_ex.SETTINGS_CHANGE),

    Route("listEvents", "GET", "/v1/events", events.list_events, EVENTS, "Read events by cursor", "Events",
          event_ans.EventsPage, event_ex.EVENTS, event_req.EventsQuery, account_query="account", account_implied=True,
          repeated=("type",), errors=(410,)),
    Route("streamEvents", "GET", "/v1/events/stream", events.stream_events, EVENTS, "Stream events", "Events",
          str, event_ex.EVENT_STREAM, event_req.EventStreamQuery, account_query="account", account_implied=True,
          repeated=("type",), headers=_RESUME, errors=(410,), media_type=STREAM),
    Route("streamStateChanges", "GET", "/v1/changes", events.stream_changes, EVENTS, "Stream state changes", "Events",
          str, event_ex.CHANGE_STREAM, media_type=STREAM),

    Route("createWebhook", "POST", "/v1/webhooks", webhooks.create, ADMIN, "Create webhook endpoint", "Webhooks",
          hook_ans.MadeEndpoint, hook_ex.MADE_ENDPOINT, body=hook_req.NewEndpoint, body_example=hook_ex.NEW_ENDPOINT),
    Route("listWebhooks", "GET", "/v1/webhooks", webhooks.list_endpoints, HOOK_READ,
          "List webhook endpoints", "Webhooks",
          hook_ans.Endpoints, hook_ex.ENDPOINTS),
    Route("getWebhook", "GET", _W, webhooks.get_endpoint, HOOK_READ, "Get webhook endpoint", "Webhooks",
          hook_ans.EndpointDetails, hook_ex.ENDPOINT_DETAILS),
    Route("updateWebhook", "PUT", _W, webhooks.change, ADMIN, "Change webhook endpoint", "Webhooks",
          hook_ans.Endpoint, hook_ex.ENDPOINT, body=hook_req.EndpointChange, body_example=hook_ex.ENDPOINT_CHANGE),
    Route("deleteWebhook", "DELETE", _W, webhooks.remove, ADMIN_REMOVE, "Remove webhook endpoint", "Webhooks",
          hook_ans.RemovedEndpoint, hook_ex.REMOVED_ENDPOINT),
    Route("rotateWebhookSecret", "POST", f"{_W}/rotate", webhooks.rotate, ADMIN, "Replace webhook secret", "Webhooks",
          hook_ans.Rotated, hook_ex.ROTATED, body=hook_req.Rotation, body_example=hook_ex.ROTATION, body_optional=True),
    Route("testWebhook", "POST", f"{_W}/test", webhooks.try_endpoint, HOOK_WRITE, "Send test event", "Webhooks",
          hook_ans.Trial, hook_ex.TRIAL, body=hook_req.Nothing, body_example={}, body_optional=True),
    Route("listDeliveries", "GET", f"{_W}/deliveries", webhooks.list_deliveries, HOOK_READ,
          "List deliveries", "Webhooks",
          hook_ans.Deliveries, hook_ex.DELIVERIES, hook_req.DeliveriesQuery),
    Route("replayDelivery", "POST", f"{_W}/deliveries/{{delivery}}/replay", webhooks.replay_delivery, HOOK_WRITE,
          "Send delivery again",
          "Webhooks", hook_ans.ReplayedDelivery, hook_ex.REPLAYED_DELIVERY, body=hook_req.Nothing, body_example={},
          body_optional=True),
    Route("replayEvents", "POST", f"{_W}/replay", webhooks.replay, HOOK_WRITE, "Send events again", "Webhooks",
          hook_ans.Replayed, hook_ex.REPLAYED, body=hook_req.Replay, body_example=hook_ex.REPLAY),

    Route("listNodes", "GET", "/v1/nodes", nodes.list_nodes, ADMIN_READ, "List nodes of the cluster", "Operation",
          op_ans.ClusterNodes, op_ex.NODES),
    Route("drainNode", "POST", "/v1/nodes/{id}/drain", nodes.drain, ADMIN,
          "Drain node", "Operation",
          op_ans.NodeChanged, op_ex.NODE_DRAINING, body=hook_req.Nothing, body_example={}, body_optional=True),
    Route("endNodeDrain", "DELETE", "/v1/nodes/{id}/drain", nodes.end_drain, ADMIN_REMOVE,
          "End the drain of a node",
          "Operation", op_ans.NodeChanged, op_ex.NODE_ACTIVE),
    Route("getMetrics", "GET", "/metrics", health.metrics, METRICS, "Get metrics for Prometheus", "Operation",
          str, op_ex.METRICS, media_type="text/plain"),
    Route("getHealth", "GET", "/health", health.health, OPEN,
          "Check that the gateway works", "Operation", op_ans.Healthy, op_ex.HEALTHY, errors=(503,)),
    Route("getLiveness", "GET", "/health/live", health.live, OPEN,
          "Check that the process answers", "Operation", op_ans.Healthy, op_ex.HEALTHY),
    Route("getOpenapiDocument", "GET", "/openapi.json", reference.document, OPEN,
          "Get this document", "Operation", dict[str, object], {}),
    Route("getSwaggerDocument", "GET", "/swagger.json", reference.document, OPEN,
          "Get this document (older path)", "Operation",
          dict[str, object], {}),
    Route("getReference", "GET", "/docs", reference.page, OPEN, "Read the reference", "Operation",
          str, "<!doctype html>", media_type="text/html"),
)
UNLISTED: Final[tuple[Route, ...]] = (
    Route("getFrontPage", "GET", "/", reference.lead, OPEN, "Redirect to the reference", "Pages", str, "",
          query_req.AnyQuery),
    *(Route("getReferenceFile", "GET", path, reference.file, OPEN, "Get a file of the reference", "Pages", str, "",
            query_req.AnyQuery) for path in (reference.STYLE, reference.SCRIPT, reference.ICON)),
)
"""Paths for browsers. They are served, but they are not part of the API or its document."""
# fmt: on
