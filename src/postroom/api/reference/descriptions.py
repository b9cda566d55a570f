"""What each operation does, in a sentence or three, by the operation's name; for the OpenAPI document."""

from __future__ import annotations

from typing import Final

DESCRIPTIONS: Final[dict[str, str]] = {
    "registerAccount": "Stores the account and answers at once; connecting happens behind it, and the `state` of the "
    "account tells how it goes. `account: null` asks for a generated id. With `oauth2.authorize` nothing is stored "
    "yet: the answer is the link where the person consents.",
    "listAccounts": "A page of accounts. `metadata.KEY=VALUE` filters by metadata, any number of times.",
    "getAccount": "Everything about one account: settings, state, last error, progress. Secrets read `******`.",
    "updateAccount": "Changes what is named and keeps the rest. `partial: true` in a block merges its fields; a block "
    'without `host` is merged too, so `{"imap": {"auth": {"pass": "new"}}}` rotates a password. `false` '
    "removes a block. What could not be applied is named in `warnings`. A token of the account may not change "
    "everything: the 403 names what, in `fields`.",
    "deleteAccount": "Removes the account and what is known of its mailbox; mail stays where it is.",
    "reconnectAccount": "Makes a new connection, from whatever state.",
    "disconnectAccount": "Stops the account until it is reconnected.",
    "syncAccount": "Reads all folders now. The account must be connected.",
    "flushAccount": "Forgets what is known of the mailbox and begins again; without `flush: true` it does nothing.",
    "listStateChanges": "The states that the account has been in, newest first, each with its cause.",
    "verifyAccount": "Signs in to IMAP and to SMTP and says what the servers said. Nothing is stored.",
    "createSignInLink": "Makes a link to the page where a person connects a mailbox; it can be used once.",
    "findServers": "Looks for the mail servers of an address: the table of providers, SRV records, documents of the "
    "domain, Mozilla's database. What is not found is `false`, never an error.",
    "diagnoseAccount": "Examines a stored account step by step and says what is wrong and what to do. Nothing is "
    "changed; it takes 90 seconds at most.",
    "diagnoseSettings": "Examines settings that are not stored, step by step, and says what is wrong and what to do.",
    "issueToken": "Makes a token. It is answered this once; only a hash is kept.",
    "listTokens": "A page of tokens, without the tokens themselves.",
    "getToken": "What is known of a token: what it opens, and when it was last used.",
    "deleteToken": "Ends a token by its id.",
    "listAccountTokens": "A page of the tokens that are bound to an account.",
    "issueTokenAtOlderPath": "The same as `POST /v1/tokens`.",
    "deleteTokenItself": "Ends a token by itself. Prefer the id: a path is written to logs.",
    "registerOauthApp": "Keeps an application that you registered with a provider, so that accounts can use it.",
    "listOauthApps": "A page of applications, oldest first.",
    "getOauthApp": "What is known of an application. Secrets read `******`.",
    "updateOauthApp": "Changes what is named and keeps the rest; an empty text clears.",
    "deleteOauthApp": "Removes an application. Its accounts stay, and cannot renew their access tokens.",
    "verifyOauthApp": "Tries an application step by step: endpoints, client credentials, a token, a sign-in.",
    "getAccessToken": "The account's OAuth2 access token, renewed first when it is due. The setting "
    "`enableOAuthTokensApi` must be on.",
    "getSettings": "The settings that are named, as in `?webhooks=true&serviceUrl=true`; all when none is.",
    "changeSettings": "Changes settings while the gateway runs; `null` restores a default.",
    "listEvents": "A page of the log of events, in order. Its `cursor` is the `since` of the next page.",
    "streamEvents": "Events as they happen, as Server-Sent Events. A stream that broke goes on with `Last-Event-ID`.",
    "streamStateChanges": "The state changes of all accounts that happen while you listen, as Server-Sent Events.",
    "createWebhook": "Makes an endpoint. Its secret is answered this once.",
    "listWebhooks": "All endpoints, those in the settings and of accounts too.",
    "getWebhook": "An endpoint, and how its deliveries stand.",
    "updateWebhook": "Changes what is named. Of `global` and `account:ID` only `enabled` can be changed here.",
    "deleteWebhook": "Removes an endpoint and the deliveries that wait for it.",
    "rotateWebhookSecret": "Replaces the secret; for a time the old one signs too.",
    "testWebhook": "Posts a test event at once and says what the endpoint answered.",
    "listDeliveries": "A page of the deliveries to an endpoint, newest first.",
    "replayDelivery": "Sends one delivery again, whatever became of it.",
    "replayEvents": "Queues anew what the endpoint was to get since a time, in order.",
    "listNodes": "The processes that share the database, and what each of them runs.",
    "drainNode": "Has a node hand its accounts to the others, before it is stopped.",
    "endNodeDrain": "Lets a node take accounts again.",
    "getMetrics": "Figures in Prometheus' text format.",
    "getHealth": "Answers 200 while the gateway can do its work, 503 with `reasons` when it cannot.",
    "getLiveness": "Answers 200 while the event loop turns. Restart a process that does not answer it.",
    "getOpenapiDocument": "What this page is made of, for programs.",
    "getSwaggerDocument": "The same as `GET /openapi.json`.",
    "getReference": "This page.",
}
