"""The link to the hosted sign-in."""

from __future__ import annotations

from typing_extensions import TypedDict


class FormUrl(TypedDict):
    """Where to send the person."""

    url: str
