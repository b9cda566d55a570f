"""The operations by their nouns, for programs without asyncio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
from postroom.client.transports.blocking_downloads import BlockingDownload
from postroom.client.transports.blocking_methods import BlockingGroup, BlockingListing, BlockingMethod
from postroom.client.transports.blocking_streams import BlockingEventStream, state_changes


class Accounts(BlockingGroup):
    """Accounts: registered, read, changed, and told what to do."""

    register = BlockingMethod(accounts.register)
    page = BlockingMethod(accounts.page)
    list = BlockingListing(accounts.listed)
    get = BlockingMethod(accounts.get)
    read = BlockingMethod(accounts.read)
    update = BlockingMethod(accounts.update)
    delete = BlockingMethod(accounts.delete)
    reconnect = BlockingMethod(accounts.reconnect)
    disconnect = BlockingMethod(accounts.disconnect)
    sync = BlockingMethod(accounts.sync)
    flush = BlockingMethod(accounts.flush)
    timeline_page = BlockingMethod(accounts.timeline_page)
    timeline = BlockingListing(accounts.timeline)
    log = BlockingMethod(accounts.log)
    verify = BlockingMethod(accounts.verify)
    diagnose = BlockingMethod(accounts.diagnose)
    diagnose_settings = BlockingMethod(accounts.diagnose_settings)
    find_servers = BlockingMethod(accounts.find_servers)
    sign_in_link = BlockingMethod(accounts.sign_in_link)


class Folders(BlockingGroup):
    """Folders of an account."""

    read = BlockingMethod(folders.read)
    list = BlockingListing(folders.listed)
    create = BlockingMethod(folders.create)
    update = BlockingMethod(folders.update)
    delete = BlockingMethod(folders.delete)


class Messages(BlockingGroup):
    """Messages and their threads."""

    page = BlockingMethod(messages.page)
    list = BlockingListing(messages.listed)
    search_page = BlockingMethod(messages.search_page)
    search = BlockingListing(messages.search)
    get = BlockingMethod(messages.get)
    text = BlockingMethod(messages.text)
    attachment = BlockingMethod(messages.attachment)
    source = BlockingMethod(messages.source)
    upload = BlockingMethod(messages.upload)
    update = BlockingMethod(messages.update)
    move = BlockingMethod(messages.move)
    delete = BlockingMethod(messages.delete)
    update_many = BlockingMethod(messages.update_many)
    move_many = BlockingMethod(messages.move_many)
    delete_many = BlockingMethod(messages.delete_many)
    threads_page = BlockingMethod(messages.threads_page)
    list_threads = BlockingListing(messages.list_threads)
    thread = BlockingMethod(messages.thread)

    def download(self, account: str, attachment: str, *, patience: float | None = None) -> BlockingDownload:
        """Download an attachment piece by piece: it need not fit into memory."""
        return BlockingDownload(self.transport, messages.attachment(account, attachment, patience=patience))

    def download_source(self, account: str, message: str, *, patience: float | None = None) -> BlockingDownload:
        """Download a message piece by piece, as it is on the mail server."""
        return BlockingDownload(self.transport, messages.source(account, message, patience=patience))


class Submissions(BlockingGroup):
    """Messages to send."""

    submit = BlockingMethod(submissions.submit)
    submit_draft = BlockingMethod(submissions.submit_draft)


class Outbox(BlockingGroup):
    """Messages that were submitted, and pauses of sending."""

    page = BlockingMethod(outbox.page)
    list = BlockingListing(outbox.listed)
    get = BlockingMethod(outbox.get)
    cancel = BlockingMethod(outbox.cancel)
    retry = BlockingMethod(outbox.retry)
    resolve = BlockingMethod(outbox.resolve)
    pause = BlockingMethod(outbox.pause)
    resume = BlockingMethod(outbox.resume)
    queue = BlockingMethod(outbox.queue)
    pause_all = BlockingMethod(outbox.pause_all)
    resume_all = BlockingMethod(outbox.resume_all)


class Webhooks(BlockingGroup):
    """Webhook endpoints and their deliveries."""

    create = BlockingMethod(webhooks.create)
    list = BlockingListing(webhooks.listed)
    get = BlockingMethod(webhooks.get)
    update = BlockingMethod(webhooks.update)
    delete = BlockingMethod(webhooks.delete)
    rotate = BlockingMethod(webhooks.rotate)
    test = BlockingMethod(webhooks.test)
    deliveries_page = BlockingMethod(webhooks.deliveries_page)
    deliveries = BlockingListing(webhooks.deliveries)
    replay_delivery = BlockingMethod(webhooks.replay_delivery)
    replay = BlockingMethod(webhooks.replay)


class Events(BlockingGroup):
    """The log of events."""

    page = BlockingMethod(events.page)
    read = BlockingListing(events.read)

    def stream(
        self,
        *,
        since: int | None = None,
        account: str | None = None,
        types: Sequence[str] | None = None,
    ) -> BlockingEventStream:
        """Follow the events after number `since`, or from now on. It connects again by itself and loses none."""
        return BlockingEventStream(self.transport, since=since, account=account, types=types)

    def state_changes(self) -> Iterator[AccountStateChange]:
        """Follow the state changes of all accounts. Unreachable when the connection ends, for they have no position."""
        return state_changes(self.transport)


class Tokens(BlockingGroup):
    """API tokens."""

    issue = BlockingMethod(tokens.issue)
    page = BlockingMethod(tokens.page)
    list = BlockingListing(tokens.listed)
    account_page = BlockingMethod(tokens.account_page)
    get = BlockingMethod(tokens.get)
    delete = BlockingMethod(tokens.delete)
    delete_by_value = BlockingMethod(tokens.delete_by_value)


class Applications(BlockingGroup):
    """OAuth2 applications, and the access tokens of accounts."""

    register = BlockingMethod(oauth2.register)
    page = BlockingMethod(oauth2.page)
    list = BlockingListing(oauth2.listed)
    get = BlockingMethod(oauth2.get)
    update = BlockingMethod(oauth2.update)
    delete = BlockingMethod(oauth2.delete)
    verify = BlockingMethod(oauth2.verify)
    access_token = BlockingMethod(oauth2.access_token)


class Settings(BlockingGroup):
    """Run-time settings."""

    get = BlockingMethod(installation.settings)
    change = BlockingMethod(installation.change_settings)


class Nodes(BlockingGroup):
    """The nodes of the cluster."""

    list = BlockingListing(installation.nodes)
    drain = BlockingMethod(installation.drain)
    end_drain = BlockingMethod(installation.end_drain)


class Health(BlockingGroup):
    """Whether the gateway works, its figures, and its document."""

    check = BlockingMethod(installation.health)
    live = BlockingMethod(installation.liveness)
    stats = BlockingMethod(installation.stats)
    metrics = BlockingMethod(installation.metrics)
    document = BlockingMethod(installation.document)
    reference = BlockingMethod(installation.reference)
