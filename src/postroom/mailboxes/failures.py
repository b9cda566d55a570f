"""Why a caller's request for folders or messages fails; one family of errors, each with its code. Pure.

MailboxFailed               never raised itself
├── NotThere                404: no such folder, message or part; MessageMoved knows where the message went
├── NotUnderstood           400: an id, a cursor, a folder's name or a search term that means nothing here
├── MissingExtension        422: the mail server cannot do it
├── ServerRefused           the mail server answered NO or BAD; `said` are its words
│   ├── FolderRefused       400: it refused to change a folder
│   ├── UploadFailed        502: it refused to take a message
│   └── ChangeRefused       502: it refused to go on with a change that has begun
├── IncompleteAnswer        502: it answered OK and left out what it was asked for
├── FlagsNotKept            422: the folder would forget a flag
├── ChangeCutShort          503: the session ended during a change, so its outcome is not known
├── ChangeTimedOut          504: the time was over during a change, so its outcome is not known
└── TimedOut                504: the time that the caller allowed is over

`sessions.failures.SessionFailed` is raised beside these when there is no session, or when it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.imap.errors import CommandFailed
from postroom.words.strangers import Words, take_in, take_in_code

__all__ = [
    "ChangeCutShort",
    "ChangeRefused",
    "ChangeTimedOut",
    "Done",
    "FlagsNotKept",
    "FolderNotFound",
    "FolderRefused",
    "IncompleteAnswer",
    "InvalidCursor",
    "InvalidFolder",
    "InvalidId",
    "MailboxFailed",
    "MessageMoved",
    "MessageNotFound",
    "MissingExtension",
    "NotThere",
    "NotUnderstood",
    "PartNotFound",
    "ReferenceNotFound",
    "ReferenceTooLarge",
    "ServerRefused",
    "ThreadNotFound",
    "TimedOut",
    "TrashNotFound",
    "UnsupportedSearchTerm",
    "UploadFailed",
]

_REFUSED: Final = "ServerRefused"


class MailboxFailed(PostroomError):
    """A request for folders or messages failed."""


class NotThere(MailboxFailed):
    """What the request names does not exist."""


class FolderNotFound(NotThere):
    """There is no such folder, or it `is_empty_level`: it holds other folders and cannot hold messages."""

    code = "FolderNotFound"

    def __init__(self, path: str, *, is_empty_level: bool = False) -> None:
        words = f"The folder {path!r} holds other folders alone, no messages"
        super().__init__(words if is_empty_level else f"There is no folder {path!r}")
        self.path = path


class TrashNotFound(NotThere):
    """The account has no folder for deleted mail."""

    code = "TrashNotFound"

    def __init__(self) -> None:
        super().__init__(
            "The account has no folder for deleted mail: set imap.trashMailPath, or delete with force=true"
        )


class MessageNotFound(NotThere):
    """The message is not there, or not any more."""

    code = "MessageNotFound"

    def __init__(self, message: str = "There is no such message: it was deleted or moved, or it never existed") -> None:
        super().__init__(message)


class MessageMoved(NotThere):
    """The message is no longer at this id, and Postroom knows where it went.

    `stable_id` is None for a message that has none.
    """

    code = "MessageMoved"

    def __init__(self, stable_id: str | None, new_id: str) -> None:
        super().__init__(f"The message was moved: its id is {new_id} now")
        self.stable_id = stable_id
        self.new_id = new_id


class ReferenceNotFound(NotThere):
    """The message that is answered or forwarded is not there."""

    code = "ReferenceNotFound"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The referenced message cannot be used. {reason}")


class PartNotFound(NotThere):
    """The message is there, but it has no such part."""

    code = "NotFound"


class ThreadNotFound(NotThere):
    """There is no such thread, or none of its messages is known."""

    code = "ThreadNotFound"

    def __init__(self) -> None:
        super().__init__("There is no such thread: its messages were deleted, or the index never saw them")


class NotUnderstood(MailboxFailed):
    """The request names something that cannot exist here."""


class InvalidId(NotUnderstood):
    """The text is no id."""

    code = "InvalidId"


class ReferenceTooLarge(NotUnderstood):
    """What a new message would take over from others has more than it may: `limit` octets."""

    code = "ReferenceTooLarge"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"What is referenced has more than the {limit:,} octets that a message can take over from others. "
            "Leave out forwardAttachments, inline, or attachments with a reference"
        )


class InvalidCursor(NotUnderstood):
    """The text is no cursor of this list: `InvalidCursorValue`, or `InvalidCursorType` for one of another product."""

    code = "InvalidCursorValue"


class InvalidFolder(NotUnderstood):
    """No folder can have this name here, or this folder cannot be changed; `key` is the field that names it."""

    code = "InvalidFolder"

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class UnsupportedSearchTerm(NotUnderstood):
    """The search cannot be put into words that this mail server understands; `key` is the term."""

    code = "UnsupportedSearchTerm"

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class MissingExtension(MailboxFailed):
    """The request needs an `extension` that the mail server does not offer; `key` is the part that needs it."""

    code = "MissingServerExtension"

    def __init__(self, key: str, extension: str, more: str = "") -> None:
        needs = f"{key!r} needs the extension {extension}, which the mail server does not offer"
        super().__init__(f"{needs}. {more}" if more else needs)
        self.key = key
        self.extension = extension


class ServerRefused(MailboxFailed):
    """The mail server refused a command. `said` are its words, `code` its response code if it gave one."""

    def __init__(self, message: str, code: str, said: Words, status: str, command: str) -> None:
        super().__init__(message, code=code)
        self.said = said
        self.status = status
        self.command = command


class FolderRefused(ServerRefused):
    """The mail server refused to create, rename, subscribe to or delete a folder."""


class UploadFailed(ServerRefused):
    """The mail server refused to take a message. The code is always `UploadFail`."""


@dataclass(frozen=True, slots=True)
class Done:
    """How far a change came before it broke off, in messages.

    `unsure` messages may or may not be changed. `copied` messages are in the target folder and also still in their
    own. `moved` are the ids before and after, as far as the server told them.
    """

    total: int
    done: int = 0
    unsure: int = 0
    copied: int = 0
    moved: tuple[tuple[str, str], ...] = ()

    def words(self) -> str:
        """How far it came, as a sentence."""
        parts = [f"{self.done} of {self.total} {_messages(self.total)} changed"]
        if self.unsure:
            parts.append(f"for {self.unsure} the outcome is not known")
        if self.copied:
            parts.append(f"{self.copied} were copied and not removed from their folder")
        return f"{', '.join(parts)}. Look at the folder before you try again"


def _messages(count: int) -> str:
    return "message was" if count == 1 else "messages were"


class ChangeRefused(ServerRefused):
    """The mail server refused a command of a change that has begun; `done` tells how far it came."""

    def __init__(self, refusal: ServerRefused, done: Done) -> None:
        super().__init__(
            f"{refusal.message}. {done.words()}", refusal.code, refusal.said, refusal.status, refusal.command
        )
        self.done = done


class ChangeCutShort(MailboxFailed):
    """The session with the mail server ended during a change, so that the outcome is not known."""

    code = "OutcomeUnknown"

    def __init__(self, reason: str, done: Done) -> None:
        super().__init__(f"The session with the mail server ended during the change ({reason}). {done.words()}")
        self.done = done


class ChangeTimedOut(MailboxFailed):
    """The time was over during a change: `ttl` milliseconds. The outcome is not known."""

    code = "Timeout"

    def __init__(self, ttl: int, done: Done) -> None:
        super().__init__(
            f"The change was not finished within {ttl / 1000:g} s. {done.words()}, or allow more time with the header "
            "X-EE-Timeout"
        )
        self.ttl = ttl
        self.done = done


class FlagsNotKept(MailboxFailed):
    """The folder would forget these `flags`: its PERMANENTFLAGS do not include them."""

    code = "FlagsNotKept"

    def __init__(self, path: str, flags: Sequence[str]) -> None:
        super().__init__(
            f"The mail server cannot keep {', '.join(map(repr, flags))} in the folder {path!r}. Nothing was changed"
        )
        self.flags = tuple(flags)


class IncompleteAnswer(MailboxFailed):
    """The mail server said OK and left out what it was asked for."""

    code = "IncompleteAnswer"


class TimedOut(MailboxFailed):
    """The request took longer than the caller allowed: `ttl` milliseconds."""

    code = "Timeout"

    def __init__(self, step: str, ttl: int) -> None:
        super().__init__(f"Nothing came of it within {ttl / 1000:g} s: {step}. Allow more with the header X-EE-Timeout")
        self.ttl = ttl


def refused(refusal: CommandFailed) -> ServerRefused:
    """Return the error for a command that the server refused."""
    said = take_in(refusal.text, refusal.secrets)
    code = take_in_code(refusal.code.name) if refusal.code is not None else _REFUSED
    words = (
        f"The mail server refused {refusal.command}: {said}" if said else f"The mail server refused {refusal.command}"
    )
    return ServerRefused(words, code, said, refusal.status, refusal.command)
