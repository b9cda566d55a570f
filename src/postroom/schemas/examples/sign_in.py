"""Examples of the link to the hosted sign-in."""

from __future__ import annotations

from typing import Final

NEW_FORM: Final = {"redirectUrl": "https://app.example.com/connected", "account": "ada", "name": "Ada Example"}
FORM_URL: Final = {"url": "https://postroom.example.com/accounts/new?data=eyJyZWRpcmVjdFVybCI6Imh0dHBz&sig=K5qB1zt9"}
