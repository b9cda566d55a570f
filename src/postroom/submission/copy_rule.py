"""Decides whether a sent message is copied to the folder of sent mail, and which folder that is. Pure."""

from __future__ import annotations

from typing import Final, Protocol

from postroom.accounts.settings.values import AccountSettings
from postroom.submission.plan import SendingPlan

__all__ = ["SENT", "FilesItself", "copies", "is_filed_by_provider", "sent_folder"]

SENT: Final = "\\Sent"
"""The role of the folder of sent mail."""


class FilesItself(Protocol):
    """What is known about a provider (`SendingLimits`)."""

    @property
    def stores_sent_copy(self) -> bool:
        """Whether it stores what it is given to send in the sender's folder of sent mail."""
        ...


def copies(settings: AccountSettings, limits: FilesItself, plan: SendingPlan) -> bool:
    """Return whether Postroom stores a copy: the message's choice, else the account's, else unless the provider does.

    Without IMAP there is no folder to store it in. `limits` are those of the server that took the message.
    """
    if not settings.wants_imap:
        return False
    chosen = plan.copy if plan.copy is not None else settings.copy
    return chosen if chosen is not None else not is_filed_by_provider(settings, limits)


def is_filed_by_provider(settings: AccountSettings, limits: FilesItself) -> bool:
    """Return whether the provider stores a copy in the mailbox of the account.

    The copy of a delegate's mail goes to the mailbox of the delegate, not to the one that the account shows.
    """
    return limits.stores_sent_copy and not _is_delegated(settings)


def sent_folder(settings: AccountSettings, plan: SendingPlan) -> str:
    """Return the folder for the copy: the choice of the message, else of the account, else the role of sent mail.

    It is a path or a role.
    """
    own = settings.imap.sent_mail_path if settings.imap is not None else None
    return plan.sent_folder or own or SENT


def _is_delegated(settings: AccountSettings) -> bool:
    if settings.oauth2 is None or not settings.oauth2.is_enabled:
        return False
    who = settings.oauth2.who
    return bool(who.delegated_user or who.delegated_account)
