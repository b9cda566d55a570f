"""The routes of accounts, their state and their sign-in."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import accounts, commands, discovery, sign_in, verification
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ, READ, REMOVE, WRITE
from postroom.schemas.answers import accounts as account_ans
from postroom.schemas.answers import commands as command_ans
from postroom.schemas.answers import discovery as found_ans
from postroom.schemas.answers import sign_in as form_ans
from postroom.schemas.answers import verification as trial_ans
from postroom.schemas.examples import accounts as account_ex
from postroom.schemas.examples import commands as command_ex
from postroom.schemas.examples import discovery as found_ex
from postroom.schemas.examples import sign_in as form_ex
from postroom.schemas.examples import verification as trial_ex
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
)
# fmt: on
