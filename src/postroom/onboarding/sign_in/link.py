"""The link to the hosted sign-in: the signed request, with a nonce and the time. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from postroom.configuration.signatures import SignatureKind, holds, signature
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["LIFE_MS", "PATH", "Link", "LinkRefused", "read", "sign", "with_query"]

PATH: Final = "/accounts/new"
LIFE_MS: Final = 86_400_000

_LONGEST: Final = 32_768
"""Characters of `data`; no link of ours is longer."""
_SETTINGS: Final = ("notifyFrom", "syncFrom", "path", "subconnections")


class LinkRefused(Permanent):
    """The link was not made here, was altered, or is older than a day."""

    code = "LinkRefused"


@dataclass(frozen=True, slots=True)
class Link:
    """The content of a link. `settings` are copied into the account; `data` and `sig` are the link itself.

    `expected_email` is the only address that may be entered. With `delegated`, the mailbox is the shared one of
    `email`, and another person signs in for it. With `only_found`, people cannot enter servers themselves.
    """

    nonce: str
    redirect_url: str
    data: str
    sig: str
    account: str | None = None
    name: str | None = None
    email: str | None = None
    expected_email: str | None = None
    delegated: bool = False
    only_found: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id of the link in the database, which never holds the nonce."""
        return hashlib.sha256(self.nonce.encode()).hexdigest()

    @property
    def fixed_email(self) -> str | None:
        """The address of the mailbox if people cannot choose it: a shared mailbox, or the expected address."""
        return self.email if self.delegated else self.expected_email

    def query(self, **more: str) -> str:
        """The query string of this link, with more parameters."""
        return urlencode({"data": self.data, "sig": self.sig, **more})

    def way_back(self, account: str, *, created: bool) -> str:
        """Return the URL to send the browser to at the end."""
        return with_query(self.redirect_url, {"account": account, "state": "new" if created else "existing"})


def sign(request: Mapping[str, Any], secret: str, nonce: str, now: int) -> Link:
    """Return the link for a request, given with the API's field names; `now` is milliseconds since 1970."""
    data = _encode(orjson.dumps({**request, "n": nonce, "t": now}))
    return _link({**request, "n": nonce}, data, signature(SignatureKind.LINK, data.encode(), secret))


def read(data: str, sig: str, secret: str, now: int) -> Link:
    """Return the content of a link. Raises LinkRefused."""
    if len(data) > _LONGEST or not holds(SignatureKind.LINK, data.encode(errors="replace"), sig, secret):
        raise LinkRefused("This link is not valid")
    try:
        request = orjson.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))
        made, link = int(request["t"]), _link(request, data, sig)
    except (ValueError, TypeError, LookupError, AttributeError):
        # It is signed, but not by `sign`. Another program may know the service secret.
        raise LinkRefused("This link is not valid") from None
    if not 0 <= now - made < LIFE_MS:
        raise LinkRefused("This link has expired")
    return link


def with_query(url: str, more: Mapping[str, str]) -> str:
    """Return a URL with further parameters after its own."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])))


def _link(request: Mapping[str, Any], data: str, sig: str) -> Link:
    return Link(
        nonce=request["n"],
        redirect_url=request["redirectUrl"],
        data=data,
        sig=sig,
        account=request.get("account"),
        name=request.get("name"),
        email=request.get("email"),
        expected_email=request.get("expectedEmail"),
        delegated=bool(request.get("delegated")),
        only_found=bool(request.get("onlyFoundServers")),
        settings={name: request[name] for name in _SETTINGS if request.get(name)},
    )


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
