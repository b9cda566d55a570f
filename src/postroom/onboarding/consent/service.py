"""Registration by consent (OAuth2 authorization code with PKCE): the link, the provider's page, and the way back.

The link leads to `/oauth/start`, which gives the browser a cookie and sends it to the provider. Only that browser may
come back, and only once. Identity and scopes are checked before anything is registered. The registration uses up the
link in the same transaction. Until then, and for at most a day, the link can be opened again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets as random
from collections.abc import Callable
from dataclasses import field, replace
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from postroom.accounts.email_address import same_address
from postroom.accounts.model import AccountNotFound, InvalidAccount
from postroom.accounts.rights.allowed import CONSENT
from postroom.accounts.service import Accounts
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.credentials.access_tokens import AccessTokens
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.oauth2.apps import Apps
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, redeem, revoke
from postroom.oauth2.identity import IdentityUnknown, identity_of
from postroom.oauth2.model import App, GrantedTokens, Identity
from postroom.oauth2.providers import scopes_of
from postroom.oauth2.web import NoAnswer, WebClient
from postroom.onboarding.consent import consent_store
from postroom.onboarding.consent.asked import Asked, Visit, read
from postroom.onboarding.sign_in import sign_in_store
from postroom.onboarding.sign_in.link import with_query
from postroom.storage.database import Database
from postroom.storage.outage import repeatable
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.statements.connection import Connection
from postroom.words.strangers import Secrets, take_in

LIFE_MS: Final = 86_400_000
STATE_PREFIX: Final = "account:add:"
_NONCE_BYTES: Final = 16
log = get_logger("onboarding")
_USED: Final = "This link has expired or was used already; ask for a new one"


ConsentCause = Literal[
    "expired",
    "used",
    "browser",
    "app_gone",
    "unreachable",
    "refused",
    "no_token",
    "no_identity",
    "scopes",
    "other_person",
]
"""Why a consent failed. The pages have a text for each in every language."""


class ConsentFailed(Permanent):
    """The consent failed, and nothing was stored.

    `cause` and `values` are for pages, which say it in the reader's language. `said` are the provider's words. `retry`
    is a link to begin again, if that may help.
    """

    code = "ConsentFailed"

    def __init__(
        self, cause: ConsentCause, message: str, *, said: str = "", retry: str | None = None, **values: str
    ) -> None:
        super().__init__(message)
        self.cause = cause
        self.said = take_in(said)
        self.values = values
        self.retry = retry

    def again(self, retry: str) -> ConsentFailed:
        """Return the same failure with a link to begin again."""
        return ConsentFailed(self.cause, self.message, said=self.said, retry=retry, **self.values)


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the browser, and the cookie that will identify it."""

    url: str
    cookie: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """The account that was registered or updated, and where to send the browser, None for nowhere."""

    account: str
    created: bool
    redirect_url: str | None


@dataclass(frozen=True, slots=True)
class RevocableGrant:
    """A provider's grant: the token with which to revoke it, and the application that received it."""

    app: App
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consents:
    """The consents of this installation."""

    db: Database
    box: SecretBox
    accounts: Accounts
    apps: Apps
    web: WebClient
    runtime: RuntimeSettings
    access: AccessTokens
    clock: Callable[[], int] = now_ms

    async def begin(
        self,
        account: str | None,
        body: Document,
        *,
        sign_in: str | None = None,
        hint: str | None = None,
        until: int | None = None,
        person: str | None = None,
    ) -> str:
        """Keep a registration until its consent is given; return the link to send the person to.

        `sign_in` is the id of the hosted sign-in's link, which this consent uses up. `hint` is the address that the
        provider is told to expect, `person` the one that must sign in. The link lives for a day, or until `until`
        (milliseconds since 1970) if that is sooner. Raises InvalidAccount if the provider does not ask for consent, or
        if the redirect URL is unknown.
        """
        asked = Asked(account, body, sign_in, hint, person=person)
        app = await self.apps.find(asked.provider)
        if app is None or app.provider.grant != "refresh_token":
            raise InvalidAccount(
                [Problem("oauth2.provider", "Invalid or missing OAuth2 provider")], "Invalid or missing OAuth2 provider"
            )
        back = await self._way_back(app)
        if back is None:
            message = (
                "the setting serviceUrl is needed (POST /v1/settings, or POSTROOM_SERVICE_URL before the start), "
                "or redirectUrl of the OAuth2 application"
            )
            raise InvalidAccount([Problem("oauth2.authorize", message)])
        state = STATE_PREFIX + random.token_urlsafe(_NONCE_BYTES)
        id_, now = _id(state), self.clock()
        sealed = self._seal(asked, id_)
        end = int(min(now + LIFE_MS, until or math.inf))
        await self.db.write(lambda conn: consent_store.insert(conn, id_, sealed, end, now, account))
        return _link(back, state)

    async def start(self, state: str) -> Started:
        """Send a browser to the provider. Raises ConsentFailed."""
        id_, now = _id(state), self.clock()
        cookie, verifier, nonce = (random.token_urlsafe(32) for _ in range(3))

        def work(conn: Connection) -> Asked:
            asked = self._open(consent_store.hold(conn, id_, now), id_)
            begun = replace(asked, visit=Visit(_digest(cookie), verifier, nonce))
            consent_store.replace(conn, id_, self._seal(begun, id_))
            return begun

        kept = await repeatable(lambda: self.db.write(work))
        app = await self._app(kept)
        back = await self._way_back(app) or ""
        try:
            authorize = (await endpoints_of(self.web, app)).authorize
        except NoAnswer as error:
            raise ConsentFailed("unreachable", "The provider cannot be reached now", said=str(error)) from None
        hint = kept.known_user
        asked = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": back,
            "scope": " ".join(scopes_of(app.provider, app.document)),
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
            **app.provider.consent,
            **({"login_hint": hint} if hint else {}),
        }
        return Started(with_query(authorize, asked), cookie, back.startswith("https:"))

    async def finish(self, state: str, cookie: str | None, code: str | None, error: str | None) -> Finished:
        """Receive a browser from the provider; register its account. Raises ConsentFailed and registration errors."""
        kept, visit = await self._take(state, cookie)
        app = await self._app(kept)
        back = await self._way_back(app) or ""
        again = _link(back, state)
        if code is None:
            said = take_in(error or "", Secrets.of(*app.secrets.values()))
            raise ConsentFailed("refused", "The provider did not agree", said=said, retry=again)
        now = self.clock()
        try:
            tokens = await redeem(self.web, app, code, visit.verifier, back, now)
        except (OAuthTokenRefused, TokenUnavailable) as failure:
            raise ConsentFailed("no_token", "The provider gave no token", said=failure.message, retry=again) from None
        try:
            identity = await self._examine(app, kept, visit, tokens, now)
        except ConsentFailed as failure:
            await revoke(self.web, app, tokens.refresh_token or tokens.access_token)
            raise failure.again(again) from None
        redirect_url = kept.oauth2.redirect_url
        done = await self.accounts.register(
            kept.account,
            kept.registration(identity, tokens),
            upsert=True,
            first=self._use_up(_id(state), kept.sign_in),
            by=CONSENT,
        )
        if redirect_url:
            came = {"account": done.account, "state": "new" if done.created else "existing"}
            redirect_url = with_query(redirect_url, came)
        return Finished(done.account, done.created, redirect_url)

    def _use_up(self, id_: str, sign_in: str | None) -> Callable[[Connection], None]:
        """Return the work that uses up the link, and that of the hosted sign-in, in the registration's transaction."""
        now = self.clock()

        def work(conn: Connection) -> None:
            is_open = consent_store.hold(conn, id_, now) is not None
            if not is_open or (sign_in is not None and not sign_in_store.spend(conn, sign_in, now)):
                raise ConsentFailed("expired", _USED)
            consent_store.delete(conn, id_)

        return work

    async def grant_of(self, settings: AccountSettings) -> RevocableGrant | None:
        """Return the provider's grant to an account, None if it has no grant or no application."""
        oauth2 = settings.oauth2
        token = (oauth2.refresh_token or oauth2.access_token) if oauth2 is not None else None
        app = await self.apps.find(str(oauth2.provider)) if oauth2 is not None and token else None
        return RevocableGrant(app, token.reveal()) if app is not None and token else None

    async def give_back(self, grant: RevocableGrant) -> bool:
        """Revoke a grant at the provider if possible; return whether the provider accepted it. Never fails."""
        return await revoke(self.web, grant.app, grant.token)

    async def _take(self, state: str, cookie: str | None) -> tuple[Asked, Visit]:
        """Return the request and the visit, if this is the browser that was sent away. Each visit is returned once."""
        id_, now = _id(state), self.clock()

        def work(conn: Connection) -> tuple[Asked, Visit]:
            kept = self._open(consent_store.hold(conn, id_, now), id_)
            if kept.visit is None:
                raise ConsentFailed("used", "This sign-in was used already; open the link again")
            if not hmac.compare_digest(kept.visit.browser, _digest(cookie or "")):
                raise ConsentFailed("browser", "This sign-in was begun in another browser; open the link again")
            consent_store.replace(conn, id_, self._seal(replace(kept, visit=None), id_))
            return kept, kept.visit

        return await self.db.write(work)

    async def _examine(self, app: App, kept: Asked, visit: Visit, tokens: GrantedTokens, now: int) -> Identity:
        missing = set(app.provider.needed) - set(tokens.scopes if tokens.scopes is not None else app.provider.needed)
        if missing:
            names = ", ".join(sorted(missing))
            message = f"The consent lacks what is needed: {names}. Begin again, and tick every box"
            raise ConsentFailed("scopes", message, names=names)
        try:
            identity = await identity_of(self.web, app, tokens, visit.nonce, now)
        except IdentityUnknown as error:
            raise ConsentFailed("no_identity", "The provider does not tell who signed in", said=error.message) from None
        expected = kept.expected_email or await self._pin(kept.account)
        if expected and not same_address(expected, identity.email):
            message = f"You signed in as {identity.email}, but this link is for {expected}"
            raise ConsentFailed("other_person", message, email=identity.email, expected=expected)
        return identity

    async def _pin(self, account: str | None) -> str | None:
        if account is None:
            return None
        try:
            return (await self.accounts.get(account)).settings.expected_email
        except AccountNotFound:
            return None

    async def _way_back(self, app: App) -> str | None:
        return app.way_back((await self.runtime.get()).service_url)

    async def _app(self, asked: Asked) -> App:
        app = await self.apps.find(asked.provider)
        if app is None:
            raise ConsentFailed("app_gone", "The OAuth2 application of this link is there no more")
        return app

    def _seal(self, asked: Asked, id_: str) -> str:
        return self.box.seal(asked.written(), f"consent:{id_}")

    def _open(self, sealed: str | None, id_: str) -> Asked:
        if sealed is None:
            raise ConsentFailed("expired", _USED)
        try:
            return read(self.box.open_for(f"the consent {id_!r}", sealed, f"consent:{id_}"))
        except SecretUnreadable as error:
            log.error("a consent cannot go on", error=error.message)
            raise ConsentFailed("expired", "What was kept for this link is lost; ask for a new one") from error


def _link(way_back: str, state: str) -> str:
    """Return the link that begins a consent, on the same site as the redirect URL."""
    parts = urlsplit(way_back)
    return f"{parts.scheme}://{parts.netloc}/oauth/start?{urlencode({'state': state})}"


def _id(state: str) -> str:
    return hashlib.sha256(state.encode(errors="replace")).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
