"""The routes of accounts, their state and their sign-in."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import accounts, commands, discovery, sign_in, verification
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, READ, REMOVE, WRITE
from postroom.schemas.requests import accounts as account_req
from postroom.schemas.requests import commands as command_req
from postroom.schemas.requests import discovery as found_req
from postroom.schemas.requests import queries as query_req
from postroom.schemas.requests import sign_in as form_req
from postroom.schemas.requests import verification as trial_req

_A: Final = "/v1/account/{account}"
_IF_MATCH: Final = {"If-Match": "Change the account only if it still has this `ETag`"}
_ETAG: Final = {"ETag": "The version of the account, for `If-Match`"}

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("registerAccount", "POST", "/v1/account", accounts.register, ADMIN, "Register account", "Accounts",
          account_req.RegisterQuery, account_req.NewAccount),
    Route("listAccounts", "GET", "/v1/accounts", accounts.list_accounts, READ, "List accounts", "Accounts",
          account_req.AccountsQuery),
    Route("getAccount", "GET", _A, accounts.get_account, READ, "Get account details", "Accounts",
          account_req.DetailQuery, answer_headers=_ETAG),
    Route("updateAccount", "PUT", _A, accounts.change_account, ADMIN, "Update account", "Accounts",
          account_req.ChangeQuery, account_req.AccountChange, headers=_IF_MATCH, answer_headers=_ETAG, errors=(412,)),
    Route("deleteAccount", "DELETE", _A, accounts.remove_account, REMOVE, "Delete account", "Accounts",
          account_req.RemovalQuery),
    Route("reconnectAccount", "PUT", f"{_A}/reconnect", commands.reconnect, WRITE, "Reconnect account", "Accounts",
          body=command_req.Reconnect, body_optional=True),
    Route("disconnectAccount", "PUT", f"{_A}/disconnect", commands.disconnect, WRITE,
          "Disconnect account until it is reconnected", "Accounts", body=command_req.Disconnect, body_optional=True),
    Route("syncAccount", "PUT", f"{_A}/sync", commands.sync, WRITE, "Sync account now", "Accounts",
          body=command_req.Sync, body_optional=True),
    Route("flushAccount", "PUT", f"{_A}/flush", commands.flush, REMOVE, "Flush account and sync it anew", "Accounts",
          body=command_req.Flush, body_optional=True),
    Route("listStateChanges", "GET", f"{_A}/timeline", accounts.timeline, READ, "List state changes", "Accounts",
          query_req.PageQuery),
    Route("verifyAccount", "POST", "/v1/verifyAccount", verification.verify_account, ADMIN, "Verify settings",
          "Accounts", body=trial_req.Verify),
    Route("createSignInLink", "POST", "/v1/authentication/form", sign_in.new_form, ADMIN,
          "Create a link to the hosted sign-in", "Accounts", body=form_req.NewForm),
    Route("findServers", "GET", "/v1/autoconfig", discovery.autoconfig, ADMIN_READ, "Find mail servers", "Accounts",
          found_req.AutoconfigQuery),
    Route("diagnoseAccount", "POST", f"{_A}/diagnosis", discovery.diagnose_account, WRITE, "Diagnose account",
          "Accounts"),
    Route("diagnoseSettings", "POST", "/v1/diagnosis", discovery.diagnose_settings, ADMIN, "Diagnose settings",
          "Accounts", body=found_req.Examine),
)
# fmt: on
