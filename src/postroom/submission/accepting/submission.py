"""The request of a caller to send a message, and the message that was written for it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from postroom.accounts.settings.secret import SecretUrl
from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mailboxes.uploading.upload import Referred, ReferredTo, TakenFile
from postroom.smtp.envelope import NO_DSN, Dsn
from postroom.submission.plan import SendingPlan

__all__ = ["GivenEnvelope", "Submission", "WrittenMessage"]


@dataclass(frozen=True, slots=True)
class GivenEnvelope:
    """An envelope in place of the one that the header tells. What is None or empty is as the header says."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A message to be sent: a `draft` made for an own address, or `raw` octets, or both.

    `draft` is called with the sender to use where the caller named none: the account, or the From of `raw`. Beside
    `raw`, the header fields of the draft replace those of `raw`. A draft has no texts and no files then, there are no
    `files`, and a `reference` neither quotes nor takes attachments. `files` follow those of the draft. `preview_text`
    is hidden at the beginning of the HTML.

    `send_at` is in ms since 1970 UTC. `copy`, `sent_folder`, `dsn` and `local_address` are as in `SendingPlan`.
    `stored_draft` is the id of the draft whose octets `raw` are.
    """

    draft: Callable[[Correspondent], Draft] | None = None
    raw: bytes | None = field(default=None, repr=False)
    reference: ReferredTo | None = None
    files: tuple[TakenFile, ...] = ()
    preview_text: str = ""
    envelope: GivenEnvelope = GivenEnvelope()
    send_at: int | None = None
    most_attempts: int | None = None
    copy: bool | None = None
    sent_folder: str | None = None
    dsn: Dsn = NO_DSN
    local_address: str | None = None
    proxy: SecretUrl | None = None
    stored_draft: str | None = None
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """A message ready to be sent. Its octets have CRLF line ends and no Bcc; recipients are unique.

    `send_at` and `most_attempts` are the caller's, or those of control fields of the header (`X-EE-Send-At`).
    `message_id` has its angle brackets. `referred` tells what became of the reference.
    """

    octets: bytes = field(repr=False)
    message_id: str
    subject: str
    sender: str
    recipients: tuple[str, ...]
    plan: SendingPlan
    send_at: int | None = None
    most_attempts: int | None = None
    referred: Referred | None = None
