"""The type of the answer with a link to the hosted sign-in."""

from __future__ import annotations

from typing_extensions import TypedDict


class FormUrl(TypedDict):
    """The link for the person."""

    url: str
