"""Tries an OAuth2 application for real: its endpoints, its credentials, a token, and a sign-in with that token."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings, OAuth2Settings, OAuth2User
from postroom.clock import iso, now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.credentials.access_tokens import AccessTokens, Prepared
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.apps import Apps
from postroom.oauth2.discovery import endpoints_of
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, renew
from postroom.oauth2.model import App
from postroom.oauth2.web import NoAnswer, WebClient
from postroom.onboarding.consent.check_step import CheckStep
from postroom.onboarding.verify import Verifier
from postroom.words.strangers import take_in

__all__ = ["AppCheck", "Checked"]

_BAD_CLIENT: Final = frozenset({"invalid_client", "unauthorized_client"})
_AUTH_METHODS: Final = {
    "refresh_token": "clientSecret",
    "client_credentials": "clientSecret",
    "service_account": "serviceKey",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of checking an application."""

    app: App
    account: str | None
    steps: tuple[CheckStep, ...]

    @property
    def ok(self) -> bool:
        """Whether no step failed."""
        return all(step.status != "fail" for step in self.steps)

    @property
    def auth_method(self) -> str:
        """The member of the application with which it authenticates itself."""
        return _AUTH_METHODS[self.app.provider.grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCheck:
    """Checks applications, and notes how it went. A token is stored only if it renews that of an account."""

    apps: Apps
    accounts: Accounts
    access: AccessTokens
    web: WebClient
    runtime: RuntimeSettings
    verifier: Verifier
    clock: Callable[[], int] = now_ms

    async def check(self, app: App, account: str | None, *, connect: bool) -> Checked:
        """Run all steps. `account` is a stored account or, for a service, the address of any mailbox.

        Raises AccountNotFound.
        """
        found = await self._checked(app, account, connect=connect)
        with suppress(StorageFailed):
            # The result itself is still worth telling.
            await self.apps.note_check(app, next((step.label for step in found.steps if step.status == "fail"), ""))
        return found

    async def _checked(self, app: App, account: str | None, *, connect: bool) -> Checked:
        settings = await self._settings(app, account)
        steps = [await self._redirect(app), await self._endpoints(app)]
        if steps[-1].status == "fail":
            late = "The endpoints of the provider must be known first"
            return Checked(
                app, account, (*steps, *(CheckStep(name, "skip", late) for name in ("client", "token", "connection")))
            )
        client, token, prepared = await self._token(app, account, settings)
        steps += [client, token, await self._connection(prepared, connect=connect)]
        return Checked(app, account, tuple(steps))

    async def _settings(self, app: App, account: str | None) -> AccountSettings:
        if account is None:
            return NO_SETTINGS
        try:
            return await self.accounts.preview(account, {})
        except AccountNotFound:
            if app.provider.grant == "refresh_token" or "@" not in account:
                raise
            return AccountSettings(oauth2=OAuth2Settings(provider=app.id, auth=OAuth2User(user=account)))

    async def _redirect(self, app: App) -> CheckStep:
        if app.provider.grant != "refresh_token":
            return CheckStep("redirect", "skip", "Nobody is sent to the provider: the application acts by itself")
        back = app.way_back((await self.runtime.get()).service_url)
        if back is None:
            return CheckStep(
                "redirect",
                "fail",
                "It is not known where the provider is to return to",
                "Set serviceUrl, or redirectUrl.",
            )
        return CheckStep(
            "redirect", "ok", f"The provider returns to {back}", "Register this address with the provider."
        )

    async def _endpoints(self, app: App) -> CheckStep:
        try:
            endpoints = await endpoints_of(self.web, app)
        except NoAnswer as error:
            return CheckStep("endpoints", "fail", str(error), "Look at discoveryUrl, and open it in a browser.")
        found = "known" if app.provider.endpoints is not None else "found by discovery"
        return CheckStep("endpoints", "ok", f"The token endpoint is {found}: {_plain(endpoints.token)}")

    async def _token(
        self, app: App, account: str | None, settings: AccountSettings
    ) -> tuple[CheckStep, CheckStep, Prepared | None]:
        """Return the steps `client` and `token`, and the credentials to sign in with."""
        if app.provider.grant == "refresh_token":
            client = await self._probe(app)
            if client.status == "fail":
                return client, CheckStep("token", "skip", "The application's credentials must work first"), None
            return client, *await self._renewed(app, account, settings)
        return await self._fetched(app, settings)

    async def _probe(self, app: App) -> CheckStep:
        """Ask with a made-up refresh token. A provider that knows the application refuses the token, not the client."""
        try:
            await renew(self.web, app, "", f"made-up-{random.token_urlsafe(16)}", self.clock())
        except OAuthTokenRefused as refused:
            if refused.error in _BAD_CLIENT:
                return CheckStep(
                    "client", "fail", _words(refused), "Look at clientId, clientSecret and the tenant, if any."
                )
            if refused.error != "invalid_grant":
                return CheckStep("client", "skip", f"It cannot be told: {_words(refused)}", "Try it with an account.")
        except TokenUnavailable as missing:
            return CheckStep(
                "client", "fail", _words(missing), "Wait and try again, or look at the provider's address."
            )
        return CheckStep("client", "ok", "The provider knows the application, as far as can be told without a consent")

    async def _renewed(
        self, app: App, account: str | None, settings: AccountSettings
    ) -> tuple[CheckStep, Prepared | None]:
        oauth2 = settings.oauth2
        if account is None or oauth2 is None:
            return CheckStep(
                "token", "skip", "A token needs the consent of a person", "Name an account to renew its token."
            ), None
        if oauth2.provider != app.id:
            return CheckStep(
                "token", "fail", "The account uses another application", "Name an account of this one."
            ), None
        if not oauth2.refresh_token:
            return CheckStep("token", "skip", "The account has no refresh token", "Let the person consent."), None
        try:
            prepared = await self.access.prepare(account, settings, refused=oauth2.access_token)
        except (OAuthTokenRefused, TokenUnavailable) as error:
            return CheckStep("token", "fail", _words(error), _advice(error)), None
        until = prepared.settings.oauth2.expires if prepared.settings.oauth2 is not None else None
        return CheckStep("token", "ok", f"The account's token was renewed and is good until {until}"), prepared

    async def _fetched(self, app: App, settings: AccountSettings) -> tuple[CheckStep, CheckStep, Prepared | None]:
        oauth2 = settings.oauth2 or OAuth2Settings()
        user = oauth2.mailbox
        try:
            tokens = await renew(self.web, app, user, None, self.clock())
        except (OAuthTokenRefused, TokenUnavailable) as error:
            return (
                CheckStep("client", "fail", _words(error), _advice(error)),
                CheckStep("token", "fail", "There is none"),
                None,
            )
        client = CheckStep("client", "ok", "The provider accepted the application")
        words = f"A token was fetched and is good until {iso(tokens.expires_at)}"
        hint = "" if user else "Name an account, or a mailbox, to prove that the application may open it."
        token = CheckStep("token", "ok", words, hint)
        if not user:
            return client, token, None
        oauth2 = replace(oauth2, access_token=Secret(tokens.access_token), expires=iso(tokens.expires_at))
        return client, token, Prepared(replace(settings, oauth2=oauth2), app.provider)

    async def _connection(self, prepared: Prepared | None, *, connect: bool) -> CheckStep:
        if not connect:
            return CheckStep("connection", "skip", "It was not asked for")
        if prepared is None:
            return CheckStep(
                "connection", "skip", "There is no account, or no token, to sign in with", "Name an account."
            )

        # This token is fresh, so there is no point in replacing it.
        fetched = replace(prepared, renewable=False)

        async def prepare(_settings: AccountSettings, **_more: Any) -> Prepared:
            return fetched

        report = await self.verifier.verify_imap(prepared.settings, prepare)
        where = f"{report.host}:{report.port}"
        if report.failure is None:
            return CheckStep("connection", "ok", f"Signed in to {where}")
        return CheckStep(
            "connection", "fail", f"{report.summary} at {where}: {report.failure.response}", report.failure.advice
        )


def _words(error: OAuthTokenRefused | TokenUnavailable) -> str:
    """Return the provider's words. Secrets in them were masked when they were read."""
    response = error.request.get("response") or {}
    said = " ".join(str(response[key]) for key in ("error", "error_description") if response.get(key))
    return f"{error.message}: {said}" if said else error.message


def _advice(error: OAuthTokenRefused | TokenUnavailable) -> str:
    if isinstance(error, TokenUnavailable):
        return "Wait and try again: this says nothing of the application."
    return str(error.request.get("flag", {}).get("message") or "")


def _plain(url: str) -> str:
    parts = urlsplit(url)
    return take_in(f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}")
