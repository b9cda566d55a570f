"""Reads an account for its forms: as a page shows it, and with its secrets, into which a change is put."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import field

from postroom.accounts.model import AccountView
from postroom.accounts.settings.places import secret_places
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.writing import document_of
from postroom.footprint.dataclass import dataclass
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.web.dashboard.adding.fields import shown
from postroom.web.dashboard.desk import Desk
from postroom.words.masking import MASK

__all__ = ["EditedAccount", "stored_account"]


@dataclass(frozen=True, slots=True)
class EditedAccount:
    """An account: `texts` are its fields as the form shows them, `document` has its secrets.

    `lost` means that the secrets cannot be opened, because the key they were sealed with is missing.
    """

    view: AccountView
    texts: Mapping[str, str]
    document: Document = field(repr=False)
    lost: bool = False


async def stored_account(desk: Desk, account: str) -> EditedAccount:
    """Return an account. Raises AccountNotFound."""
    view = await desk.accounts.get(account)
    row, settings = view.row, view.settings
    outside: Document = {"name": row.name, "email": row.email, "metadata": view.metadata}
    texts = shown({**view.masked, **outside}, uses_imap=settings.wants_imap, uses_smtp=settings.wants_smtp)
    try:
        document, lost = document_of(await desk.accounts.preview(account, {})), False
    except SecretUnreadable:
        document, lost = _without_secrets(view.masked), True
    return EditedAccount(view, texts, {**document, **outside}, lost)


def _without_secrets(masked: Document) -> Document:
    """Return settings whose secrets are lost, without the placeholders that stand for them."""
    document = copy.deepcopy(masked)
    for _, holder, key in list(secret_places(document)):
        if holder[key] == MASK:
            del holder[key]
    return document
