"""The type of each operation's answer, and an example of its answer and its body, by the operation's name.

They are apart from the table of routes, because only the documentation needs them, and they take two MiB of memory.
"""

from __future__ import annotations

from typing import Any, Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import MessageObject, TextObject
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
from postroom.schemas.answers.mail import changes as change_ans
from postroom.schemas.answers.mail import folders as folder_ans
from postroom.schemas.answers.mail import lists as list_ans
from postroom.schemas.answers.mail import outbox as outbox_ans
from postroom.schemas.answers.mail import submitting as submit_ans
from postroom.schemas.answers.mail import threads as thread_ans
from postroom.schemas.answers.mail import uploads as upload_ans
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
from postroom.schemas.examples.mail import changes as change_ex
from postroom.schemas.examples.mail import downloads as download_ex
from postroom.schemas.examples.mail import folders as folder_ex
from postroom.schemas.examples.mail import lists as list_ex
from postroom.schemas.examples.mail import outbox as outbox_ex
from postroom.schemas.examples.mail import reading as reading_ex
from postroom.schemas.examples.mail import submitting as submit_ex
from postroom.schemas.examples.mail import threads as thread_ex
from postroom.schemas.examples.mail import uploads as upload_ex


@dataclass(frozen=True, slots=True)
class Documented:
    """What an operation answers, and examples. `body_example` is None without a body."""

    answer: Any
    example: Any
    body_example: Any = None


DOCUMENTED: Final[dict[str, Documented]] = {
    "registerAccount": Documented(
        account_ans.Registered | account_ans.Consent, account_ex.REGISTERED, body_example=account_ex.NEW_ACCOUNT
    ),
    "listAccounts": Documented(account_ans.AccountsPage, account_ex.ACCOUNTS),
    "getAccount": Documented(account_ans.Account, account_ex.ACCOUNT),
    "updateAccount": Documented(account_ans.Changed, account_ex.CHANGED, body_example=account_ex.CHANGE),
    "deleteAccount": Documented(account_ans.Removed, account_ex.REMOVED),
    "reconnectAccount": Documented(
        command_ans.ReconnectAnswer, command_ex.RECONNECTED, body_example=command_ex.RECONNECT
    ),
    "disconnectAccount": Documented(
        command_ans.DisconnectAnswer, command_ex.DISCONNECTED, body_example=command_ex.DISCONNECT
    ),
    "syncAccount": Documented(command_ans.SyncAnswer, command_ex.SYNCED, body_example=command_ex.SYNC),
    "flushAccount": Documented(command_ans.FlushAnswer, command_ex.FLUSHED, body_example=command_ex.FLUSH),
    "listStateChanges": Documented(account_ans.Timeline, account_ex.TIMELINE),
    "verifyAccount": Documented(trial_ans.Verified, trial_ex.VERIFIED, body_example=trial_ex.VERIFY),
    "createSignInLink": Documented(form_ans.FormUrl, form_ex.FORM_URL, body_example=form_ex.NEW_FORM),
    "findServers": Documented(found_ans.FoundServers, found_ex.FOUND_SERVERS),
    "diagnoseAccount": Documented(found_ans.Diagnosis, found_ex.DIAGNOSIS),
    "diagnoseSettings": Documented(found_ans.Diagnosis, found_ex.DIAGNOSIS, body_example=found_ex.EXAMINE),
    "listFolders": Documented(folder_ans.FolderListing, folder_ex.FOLDERS),
    "createFolder": Documented(folder_ans.FolderCreated, folder_ex.FOLDER_CREATED, body_example=folder_ex.NEW_FOLDER),
    "changeFolder": Documented(
        folder_ans.FolderChanged, folder_ex.FOLDER_CHANGED, body_example=folder_ex.FOLDER_CHANGE
    ),
    "deleteFolder": Documented(folder_ans.FolderDeleted, folder_ex.FOLDER_DELETED),
    "listMessages": Documented(list_ans.MessagesPage, list_ex.MESSAGES),
    "searchMessages": Documented(list_ans.SearchPage, list_ex.FOUND, body_example=list_ex.SEARCH),
    "getMessage": Documented(MessageObject, reading_ex.MESSAGE),
    "getText": Documented(TextObject, reading_ex.TEXT),
    "getAttachment": Documented(bytes, download_ex.ATTACHMENT),
    "getMessageSource": Documented(bytes, download_ex.SOURCE),
    "updateMessage": Documented(change_ans.MessageChanged, change_ex.CHANGED, body_example=change_ex.CHANGE),
    "moveMessage": Documented(change_ans.MessageMovedTo, change_ex.MOVED, body_example=change_ex.MOVE),
    "deleteMessage": Documented(change_ans.MessageDeleted, change_ex.DELETED),
    "updateMessages": Documented(
        change_ans.MessagesChanged, change_ex.CHANGED_FOUND, body_example=change_ex.CHANGE_FOUND
    ),
    "moveMessages": Documented(change_ans.MessagesMoved, change_ex.MOVED_FOUND, body_example=change_ex.MOVE_FOUND),
    "deleteMessages": Documented(
        change_ans.MessagesDeleted, change_ex.DELETED_FOUND, body_example=change_ex.DELETE_FOUND
    ),
    "uploadMessage": Documented(upload_ans.UploadedMessage, upload_ex.UPLOADED, body_example=upload_ex.NEW_MESSAGE),
    "listThreads": Documented(thread_ans.ThreadsPage, thread_ex.THREADS),
    "getThread": Documented(thread_ans.Thread, thread_ex.THREAD),
    "submitMessage": Documented(
        submit_ans.SubmittedMessage, submit_ex.SUBMITTED, body_example=submit_ex.NEW_SUBMISSION
    ),
    "submitDraft": Documented(
        submit_ans.SubmittedMessage, submit_ex.SUBMITTED_DRAFT, body_example=submit_ex.DRAFT_SUBMISSION
    ),
    "listOutbox": Documented(outbox_ans.OutboxPage, outbox_ex.OUTBOX),
    "getOutboxItem": Documented(outbox_ans.OutboxItem, outbox_ex.ITEM),
    "cancelOutboxItem": Documented(outbox_ans.CancelledItem, outbox_ex.CANCELLED),
    "retryOutboxItem": Documented(outbox_ans.OutboxItem, outbox_ex.RETRIED, body_example={}),
    "resolveOutboxItem": Documented(outbox_ans.OutboxItem, outbox_ex.RESOLVED, body_example=outbox_ex.RESOLUTION),
    "pauseSending": Documented(outbox_ans.PausedSending, outbox_ex.PAUSED_SENDING, body_example=outbox_ex.PAUSE),
    "getSubmitQueue": Documented(outbox_ans.Queue, outbox_ex.QUEUE),
    "pauseSubmitQueue": Documented(outbox_ans.Queue, outbox_ex.PAUSED_QUEUE, body_example=outbox_ex.PAUSE),
    "issueToken": Documented(token_ans.IssuedToken, token_ex.ISSUED_TOKEN, body_example=token_ex.NEW_TOKEN),
    "listTokens": Documented(token_ans.TokensPage, token_ex.TOKENS),
    "getToken": Documented(token_ans.Token, token_ex.TOKEN),
    "deleteToken": Documented(token_ans.RemovedToken, token_ex.REMOVED_TOKEN),
    "listAccountTokens": Documented(token_ans.TokensPage, token_ex.TOKENS),
    "issueTokenAtOlderPath": Documented(token_ans.IssuedToken, token_ex.ISSUED_TOKEN, body_example=token_ex.NEW_TOKEN),
    "deleteTokenItself": Documented(token_ans.RemovedToken, token_ex.REMOVED_TOKEN),
    "registerOauthApp": Documented(app_ans.AppCreated, app_ex.CREATED, body_example=app_ex.NEW_APP),
    "listOauthApps": Documented(app_ans.AppsPage, app_ex.APPS),
    "getOauthApp": Documented(app_ans.App, app_ex.APP),
    "updateOauthApp": Documented(app_ans.AppUpdated, app_ex.UPDATED, body_example=app_ex.APP_CHANGE),
    "deleteOauthApp": Documented(app_ans.AppRemoved, app_ex.REMOVED),
    "verifyOauthApp": Documented(app_ans.AppVerified, app_ex.VERIFIED, body_example=app_ex.TRIAL),
    "getAccessToken": Documented(app_ans.AccessToken, app_ex.ACCESS_TOKEN),
    "getSettings": Documented(setting_ans.ShownSettings, setting_ex.SETTINGS),
    "changeSettings": Documented(
        setting_ans.UpdatedSettings, setting_ex.UPDATED, body_example=setting_ex.SETTINGS_CHANGE
    ),
    "listEvents": Documented(event_ans.EventsPage, event_ex.EVENTS),
    "streamEvents": Documented(str, event_ex.EVENT_STREAM),
    "streamStateChanges": Documented(str, event_ex.CHANGE_STREAM),
    "createWebhook": Documented(hook_ans.MadeEndpoint, hook_ex.MADE_ENDPOINT, body_example=hook_ex.NEW_ENDPOINT),
    "listWebhooks": Documented(hook_ans.Endpoints, hook_ex.ENDPOINTS),
    "getWebhook": Documented(hook_ans.EndpointDetails, hook_ex.ENDPOINT_DETAILS),
    "updateWebhook": Documented(hook_ans.Endpoint, hook_ex.ENDPOINT, body_example=hook_ex.ENDPOINT_CHANGE),
    "deleteWebhook": Documented(hook_ans.RemovedEndpoint, hook_ex.REMOVED_ENDPOINT),
    "rotateWebhookSecret": Documented(hook_ans.Rotated, hook_ex.ROTATED, body_example=hook_ex.ROTATION),
    "testWebhook": Documented(hook_ans.Trial, hook_ex.TRIAL, body_example={}),
    "listDeliveries": Documented(hook_ans.Deliveries, hook_ex.DELIVERIES),
    "replayDelivery": Documented(hook_ans.ReplayedDelivery, hook_ex.REPLAYED_DELIVERY, body_example={}),
    "replayEvents": Documented(hook_ans.Replayed, hook_ex.REPLAYED, body_example=hook_ex.REPLAY),
    "listNodes": Documented(op_ans.ClusterNodes, op_ex.NODES),
    "drainNode": Documented(op_ans.NodeChanged, op_ex.NODE_DRAINING, body_example={}),
    "endNodeDrain": Documented(op_ans.NodeChanged, op_ex.NODE_ACTIVE),
    "getStats": Documented(op_ans.Stats, op_ex.STATS),
    "getLog": Documented(str, op_ex.LOG),
    "getMetrics": Documented(str, op_ex.METRICS),
    "getHealth": Documented(op_ans.Healthy, op_ex.HEALTHY),
    "getLiveness": Documented(op_ans.Healthy, op_ex.HEALTHY),
    "getOpenapiDocument": Documented(dict[str, object], {}),
    "getSwaggerDocument": Documented(dict[str, object], {}),
    "getReference": Documented(str, "<!doctype html>"),
}
