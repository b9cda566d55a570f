"""The stored request of a registration that waits for consent, and what is registered once it is given. Pure."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Final

import orjson

from postroom.accounts.settings.reading import oauth2_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import OAuth2Settings
from postroom.accounts.settings.writing import oauth2_document
from postroom.credentials.token_life import with_tokens
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.model import GrantedTokens, Identity

__all__ = ["Asked", "Visit", "read"]

_OF_THE_REQUEST: Final = ("authorize", "redirectUrl")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a browser to the provider: its cookie's digest, the PKCE verifier, the nonce of the id_token."""

    browser: str = field(repr=False)
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """A registration that waits for its consent. `body` is that of the request, which may hold secrets.

    `sign_in` is the id of the hosted sign-in's link, if it began there. `hint` is the address that the provider is told
    to expect. `visit` is set while a browser is at the provider. `person` is the address that must sign in this time;
    unlike `expectedEmail` of the body it is not stored with the account.
    """

    account: str | None
    body: Document = field(repr=False)
    sign_in: str | None = None
    hint: str | None = None
    visit: Visit | None = None
    person: str | None = None

    @property
    def oauth2(self) -> OAuth2Settings:
        """The `oauth2` settings of the body."""
        return oauth2_of(self.body["oauth2"])

    @property
    def provider(self) -> str:
        """The id of the application that the person consents to."""
        return str(self.oauth2.provider)

    @property
    def expected_email(self) -> str | None:
        """The address that must sign in, if the caller named one."""
        found: str | None = self.body.get("expectedEmail")
        return found or self.person

    @property
    def known_user(self) -> str | None:
        """The person expected to sign in. For a shared mailbox that is not its address."""
        who = self.oauth2.who
        email = None if who.delegated_user else self.body.get("email")
        return self.hint or who.user or self.expected_email or email

    def registration(self, identity: Identity, tokens: GrantedTokens) -> Document:
        """Return the body to register, with the person who consented and the tokens."""
        asked = oauth2_of({name: value for name, value in self.body["oauth2"].items() if name not in _OF_THE_REQUEST})
        who = asked.who if asked.who.user is not None else replace(asked.who, user=identity.email)
        oauth2 = with_tokens(replace(asked, auth=who), tokens)
        name, email = self.body.get("name"), self.body.get("email")
        named = {"name": name or identity.name or identity.email, "email": email or identity.email}
        return {**self.body, **named, "oauth2": oauth2_document(oauth2)}

    def written(self) -> str:
        """Return the JSON that is stored sealed."""
        kept: Document = {"account": self.account, "body": self.body, "signIn": self.sign_in, "hint": self.hint}
        if self.person is not None:
            kept["person"] = self.person
        if self.visit is not None:
            kept |= {"browser": self.visit.browser, "verifier": self.visit.verifier, "nonce": self.visit.nonce}
        return orjson.dumps(kept).decode()


def read(text: str) -> Asked:
    """Return the registration from its JSON."""
    kept: Document = orjson.loads(text)
    visit = Visit(kept["browser"], kept["verifier"], kept["nonce"]) if "browser" in kept else None
    return Asked(kept["account"], kept["body"], kept.get("signIn"), kept.get("hint"), visit, kept.get("person"))
