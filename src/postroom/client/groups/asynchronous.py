"""The operations by their nouns, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from postroom.client.operations import (
    accounts,
    events,
    folders,
    installation,
    messages,
    oauth2,
    outbox,
    submissions,
    tokens,
    webhooks,
)
from postroom.client.state_changes import AccountStateChange
from postroom.client.transports.async_downloads import AsyncDownload
from postroom.client.transports.async_methods import AsyncGroup, AsyncListing, AsyncMethod
from postroom.client.transports.async_streams import AsyncEventStream, state_changes


class AsyncAccounts(AsyncGroup):
    """Accounts: registered, read, changed, and told what to do."""

    register = AsyncMethod(accounts.register)
    page = AsyncMethod(accounts.page)
    list = AsyncListing(accounts.listed)
    get = AsyncMethod(accounts.get)
    read = AsyncMethod(accounts.read)
    update = AsyncMethod(accounts.update)
    delete = AsyncMethod(accounts.delete)
    reconnect = AsyncMethod(accounts.reconnect)
    disconnect = AsyncMethod(accounts.disconnect)
    sync = AsyncMethod(accounts.sync)
    flush = AsyncMethod(accounts.flush)
    timeline_page = AsyncMethod(accounts.timeline_page)
    timeline = AsyncListing(accounts.timeline)
    log = AsyncMethod(accounts.log)
    verify = AsyncMethod(accounts.verify)
    diagnose = AsyncMethod(accounts.diagnose)
    diagnose_settings = AsyncMethod(accounts.diagnose_settings)
    find_servers = AsyncMethod(accounts.find_servers)
    sign_in_link = AsyncMethod(accounts.sign_in_link)


class AsyncFolders(AsyncGroup):
    """Folders of an account."""

    read = AsyncMethod(folders.read)
    list = AsyncListing(folders.listed)
    create = AsyncMethod(folders.create)
    update = AsyncMethod(folders.update)
    delete = AsyncMethod(folders.delete)


class AsyncMessages(AsyncGroup):
    """Messages and their threads."""

    page = AsyncMethod(messages.page)
    list = AsyncListing(messages.listed)
    search_page = AsyncMethod(messages.search_page)
    search = AsyncListing(messages.search)
    get = AsyncMethod(messages.get)
    text = AsyncMethod(messages.text)
    attachment = AsyncMethod(messages.attachment)
    source = AsyncMethod(messages.source)
    upload = AsyncMethod(messages.upload)
    update = AsyncMethod(messages.update)
    move = AsyncMethod(messages.move)
    delete = AsyncMethod(messages.delete)
    update_many = AsyncMethod(messages.update_many)
    move_many = AsyncMethod(messages.move_many)
    delete_many = AsyncMethod(messages.delete_many)
    threads_page = AsyncMethod(messages.threads_page)
    list_threads = AsyncListing(messages.list_threads)
    thread = AsyncMethod(messages.thread)

    def download(self, account: str, attachment: str, *, patience: float | None = None) -> AsyncDownload:
        """Download an attachment piece by piece: it need not fit into memory."""
        return AsyncDownload(self.transport, messages.attachment(account, attachment, patience=patience))

    def download_source(self, account: str, message: str, *, patience: float | None = None) -> AsyncDownload:
        """Download a message piece by piece, as it is on the mail server."""
        return AsyncDownload(self.transport, messages.source(account, message, patience=patience))


class AsyncSubmissions(AsyncGroup):
    """Messages to send."""

    submit = AsyncMethod(submissions.submit)
    submit_draft = AsyncMethod(submissions.submit_draft)


class AsyncOutbox(AsyncGroup):
    """Messages that were submitted, and pauses of sending."""

    page = AsyncMethod(outbox.page)
    list = AsyncListing(outbox.listed)
    get = AsyncMethod(outbox.get)
    cancel = AsyncMethod(outbox.cancel)
    retry = AsyncMethod(outbox.retry)
    resolve = AsyncMethod(outbox.resolve)
    pause = AsyncMethod(outbox.pause)
    resume = AsyncMethod(outbox.resume)
    queue = AsyncMethod(outbox.queue)
    pause_all = AsyncMethod(outbox.pause_all)
    resume_all = AsyncMethod(outbox.resume_all)


class AsyncWebhooks(AsyncGroup):
    """Webhook endpoints and their deliveries."""

    create = AsyncMethod(webhooks.create)
    list = AsyncListing(webhooks.listed)
    get = AsyncMethod(webhooks.get)
    update = AsyncMethod(webhooks.update)
    delete = AsyncMethod(webhooks.delete)
    rotate = AsyncMethod(webhooks.rotate)
    test = AsyncMethod(webhooks.test)
    deliveries_page = AsyncMethod(webhooks.deliveries_page)
    deliveries = AsyncListing(webhooks.deliveries)
    replay_delivery = AsyncMethod(webhooks.replay_delivery)
    replay = AsyncMethod(webhooks.replay)


class AsyncEvents(AsyncGroup):
    """The log of events."""

    page = AsyncMethod(events.page)
    read = AsyncListing(events.read)

    def stream(
        self,
        *,
        since: int | None = None,
        account: str | None = None,
        types: Sequence[str] | None = None,
    ) -> AsyncEventStream:
        """Follow the events after number `since`, or from now on. It connects again by itself and loses none."""
        return AsyncEventStream(self.transport, since=since, account=account, types=types)

    def state_changes(self) -> AsyncIterator[AccountStateChange]:
        """Follow the state changes of all accounts. Unreachable when the connection ends, for they have no position."""
        return state_changes(self.transport)


class AsyncTokens(AsyncGroup):
    """API tokens."""

    issue = AsyncMethod(tokens.issue)
    page = AsyncMethod(tokens.page)
    list = AsyncListing(tokens.listed)
    account_page = AsyncMethod(tokens.account_page)
    get = AsyncMethod(tokens.get)
    delete = AsyncMethod(tokens.delete)
    delete_by_value = AsyncMethod(tokens.delete_by_value)


class AsyncApplications(AsyncGroup):
    """OAuth2 applications, and the access tokens of accounts."""

    register = AsyncMethod(oauth2.register)
    page = AsyncMethod(oauth2.page)
    list = AsyncListing(oauth2.listed)
    get = AsyncMethod(oauth2.get)
    update = AsyncMethod(oauth2.update)
    delete = AsyncMethod(oauth2.delete)
    verify = AsyncMethod(oauth2.verify)
    access_token = AsyncMethod(oauth2.access_token)


class AsyncSettings(AsyncGroup):
    """Run-time settings."""

    get = AsyncMethod(installation.settings)
    change = AsyncMethod(installation.change_settings)


class AsyncNodes(AsyncGroup):
    """The nodes of the cluster."""

    list = AsyncListing(installation.nodes)
    drain = AsyncMethod(installation.drain)
    end_drain = AsyncMethod(installation.end_drain)


class AsyncHealth(AsyncGroup):
    """Whether the gateway works, its figures, and its document."""

    check = AsyncMethod(installation.health)
    live = AsyncMethod(installation.liveness)
    stats = AsyncMethod(installation.stats)
    metrics = AsyncMethod(installation.metrics)
    document = AsyncMethod(installation.document)
    reference = AsyncMethod(installation.reference)
