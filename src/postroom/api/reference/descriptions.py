"""Describes each operation for the OpenAPI document, by the operation's name."""

from __future__ import annotations

from typing import Final

DESCRIPTIONS: Final[dict[str, str]] = {
    "registerAccount": "Stores the account and answers at once. Postroom connects in the background, and the `state` "
    "of the account shows the progress. `account: null` asks for a generated id. With `oauth2.authorize` nothing is "
    "stored yet: the answer is the link where the person consents.",
    "listAccounts": "A page of accounts. `metadata.KEY=VALUE` filters by metadata and may be repeated. All "
    "filters that are given must match.",
    "getAccount": "Everything about one account: settings, state, last error, progress. Secrets are shown as `******`.",
    "updateAccount": "Changes the fields that are sent and keeps the rest. `partial: true` in a block merges its "
    'fields; a block without `host` is merged too, so `{"imap": {"auth": {"pass": "new"}}}` replaces a password. '
    "`false` removes a block. `warnings` names what could not be applied. A token of the account may not change "
    "everything: `fields` of the 403 names what it may not.",
    "deleteAccount": "Removes the account and what is stored of its mailbox. The mail stays on the server.",
    "reconnectAccount": "Makes a new connection, whatever state the account is in.",
    "disconnectAccount": "Stops the account until it is reconnected.",
    "syncAccount": "Reads all folders now. The account must be connected.",
    "flushAccount": "Discards what is stored of the mailbox and syncs anew. Without `flush: true` it does nothing.",
    "updateMessage": "Adds and deletes flags, or replaces all of them by `set`. Labels are Gmail's. The answer says "
    "whether each operation took effect, as the mail server told afterwards. A flag that the folder cannot keep is "
    "refused (422 `FlagsNotKept`), and nothing is changed.",
    "moveMessage": "Moves the message to a folder, by its path or its role (`\\Archive`), and answers its new id. "
    "The id is left out when the mail server does not tell it and the message cannot be found without doubt.",
    "deleteMessage": "Moves the message to the trash. In the trash and in the folder of junk mail, and everywhere with "
    "`force`, the message is removed for good. 404 `TrashNotFound` when the account has no trash.",
    "updateMessages": "Changes flags and labels of all messages of a folder that a search finds. `search: {}` finds "
    "all.",
    "moveMessages": "Moves all messages of a folder that a search finds. `idMap` has the ids before and after, as far "
    "as the mail server told them. `search: {}` finds all.",
    "deleteMessages": "Deletes all messages of a folder that a search finds, by the rule of a single deletion. An "
    'empty search is refused; `{"uid": "1:*"}` finds all.',
    "listStateChanges": "The states that the account has been in, newest first, each with its cause.",
    "listMessages": "The messages of a folder, newest first, live from the mail server. Follow `nextPageCursor`: pages "
    "then neither repeat nor skip messages while mail arrives. `path` may be a role, such as `\\Sent`.",
    "searchMessages": "The messages that match, newest first; the mail server does the searching. Without `path` all "
    "folders are searched except Junk and Trash, and `incomplete` tells which of them did not answer.",
    "getMessage": "A message with all its headers. Its text is read when `textType` or `webSafeHtml` asks for it. Only "
    "`markAsSeen` changes the message.",
    "getText": "The text with the id that a message has in `text.id`. Only the parts that are needed are read.",
    "verifyAccount": "Signs in to IMAP and SMTP and returns what the servers answered. Nothing is stored.",
    "createSignInLink": "Creates a link to the page where a person connects a mailbox. It can be used once.",
    "findServers": "Looks for the mail servers of an address in the table of providers, SRV records, documents of the "
    "domain and Mozilla's database. A server that is not found is `false`, never an error.",
    "diagnoseAccount": "Examines a stored account step by step and says what is wrong and what to do. It changes "
    "nothing and takes 90 seconds at most.",
    "diagnoseSettings": "Examines settings that are not stored, step by step, and says what is wrong and what to do.",
    "listFolders": "The folders as the mail server lists them now, with roles and subscriptions. `counters=true` also "
    "asks for messages and unseen messages. If the server cannot be asked and folders are stored, the stored list is "
    "the answer, with `stored: true`.",
    "createFolder": "Creates a folder from the levels of its path. `created: false` means that it was there already. A "
    "refusal of the server is 400 with its code and `info.response`.",
    "changeFolder": "Renames a folder with all below it, subscribes to it, or ends the subscription. Message ids hold "
    "where the server keeps the folder's UIDVALIDITY.",
    "deleteFolder": "Deletes a folder with its messages. INBOX cannot be deleted.",
    "uploadMessage": "Adds a message to a folder, from its fields or as `raw`. Nothing is sent. With `reference` it "
    "is a reply to a message, or forwards one: subject, recipients and thread come from there unless they are given.",
    "listThreads": "A page of the threads in up to 20,480 of the newest messages of a folder, or 2,000 where the mail "
    "server is asked for them. The thread with the newest message is first. `count` and `messages` are of all folders. "
    "`incomplete` names folders that are not wholly in the answer.",
    "getThread": "The messages of a thread over all folders, received and sent, the oldest first. `incomplete` names "
    "the folders that did not answer.",
    "submitMessage": "Stores a message to be sent, from its fields or as `raw`, and answers before it is sent: the "
    "outbox and events tell what became of it for each recipient. With `reference` it is a reply or forwards a "
    "message. `Idempotency-Key` makes it safe to repeat the request. `dryRun` answers the message as it would be sent.",
    "submitDraft": "Stores a draft of the mailbox to be sent. The draft is removed after it was sent.",
    "listOutbox": "A page of the messages that were submitted, each with its outcome, the newest first. Finished ones "
    "are kept for 90 days.",
    "getOutboxItem": "A message that was submitted, and its outcome for each recipient.",
    "cancelOutboxItem": "Takes a message back that waits to be sent. 409 `CannotCancel` when that is no longer "
    "possible; `submissionState` says why.",
    "retryOutboxItem": "Tries a message again at once, for the recipients who do not have it. If its outcome is "
    "unknown, they may get it twice.",
    "resolveOutboxItem": "Decides an unknown outcome: `sent` ends it, and `retry` sends the message again, so that "
    "recipients may get it twice.",
    "pauseSending": "Keeps the messages of an account back, or sends them again. A message that is being sent is not "
    "stopped.",
    "getSubmitQueue": "How many messages wait to be sent, and whether all sending is paused.",
    "pauseSubmitQueue": "Keeps the messages of all accounts back, or sends them again.",
    "issueToken": "Makes a token. It is shown only once; only a hash is stored.",
    "listTokens": "A page of tokens, without the tokens themselves.",
    "getToken": "The details of a token: what it may do, and when it was last used.",
    "deleteToken": "Ends a token by its id.",
    "listAccountTokens": "A page of the tokens that are bound to an account.",
    "issueTokenAtOlderPath": "The same as `POST /v1/tokens`.",
    "deleteTokenItself": "Ends a token by its value. Prefer the id: proxies write paths to their logs.",
    "registerOauthApp": "Stores an application that you registered with a provider, so that accounts can use it.",
    "listOauthApps": "A page of applications, oldest first.",
    "getOauthApp": "The details of an application. Secrets are shown as `******`.",
    "updateOauthApp": "Changes the fields that are sent and keeps the rest. An empty text clears a field.",
    "deleteOauthApp": "Removes an application. Its accounts stay, but cannot renew their access tokens.",
    "verifyOauthApp": "Tests an application step by step: endpoints, client credentials, a token, a sign-in.",
    "getAccessToken": "The account's OAuth2 access token, renewed first when it is due. The setting "
    "`enableOAuthTokensApi` must be on.",
    "getAttachment": "The content of a part of a message, decoded while it passes. Its id is in `attachments`. Texts "
    "and enclosed messages can be downloaded as well.",
    "getMessageSource": "The message as the mail server has it, while it passes.",
    "getSettings": "The settings named in the query, as in `?webhooks=true&serviceUrl=true`; all if none is named.",
    "changeSettings": "Changes settings while the gateway runs; `null` restores a default. Some names of other "
    "gateways, such as `trackOpens`, are accepted without effect, and `ignored` lists them.",
    "listEvents": "A page of the event log, in order. Its `cursor` is the `since` of the next page.",
    "streamEvents": "Events as they happen, as Server-Sent Events. `Last-Event-ID` resumes a broken stream.",
    "streamStateChanges": "The state changes of all accounts that happen while you listen, as Server-Sent Events.",
    "createWebhook": "Creates an endpoint. Its secret is shown only once.",
    "listWebhooks": "All endpoints, including the URLs in the settings and those of accounts.",
    "getWebhook": "An endpoint, with the number of its deliveries by state.",
    "updateWebhook": "Changes the fields that are sent. Only `enabled` can be changed for `global` and `account:ID`.",
    "deleteWebhook": "Removes an endpoint and the deliveries that wait for it.",
    "rotateWebhookSecret": "Replaces the secret. The old one also signs for the time of `overlap`.",
    "testWebhook": "Posts a test event at once and returns what the endpoint answered.",
    "listDeliveries": "A page of the deliveries to an endpoint, newest first.",
    "replayDelivery": "Sends one delivery again, whatever its state is.",
    "replayEvents": "Queues the endpoint's events since a time again, in order.",
    "listNodes": "The processes that share the database, and how many accounts each of them runs.",
    "drainNode": "Makes a node hand its accounts over to the other nodes. Do this before you stop it.",
    "endNodeDrain": "Lets a node take accounts again.",
    "getStats": "What the whole installation is and did: accounts by state, what waits, and how much happened in the "
    "last `seconds`, counted by the minute for seven days. The newest counts are up to ten seconds old.",
    "getLog": "What the account's IMAP and SMTP sessions said, one JSON object per line, oldest first. It is kept "
    "while the account has `logs: true`, without secrets and without the content of messages.",
    "getMetrics": "Metrics in Prometheus' text format.",
    "getHealth": "Answers 200 while the gateway can work, 503 with `reasons` when it cannot.",
    "getLiveness": "Answers 200 while the event loop runs, even without the database. Restart a process that "
    "does not answer.",
    "getOpenapiDocument": "The OpenAPI document of this API, for programs.",
    "getSwaggerDocument": "The same as `GET /openapi.json`.",
    "getReference": "This page.",
}
