"""The dashboard of a real gateway without runners, and people who use it: signed in or not, over HTTP or in Chromium.

async with open_desk(sqlite_url, tmp_path) as desk:
    async with desk.operator() as person:                     # signed in
        page = await person.open("/dashboard/profile")
        page = await person.press("/dashboard/sign-out")
    async with desk.browse(chromium, scripts=True) as tab:    # signed in as well
        await tab.page.goto(f"{desk.base}/")
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
from playwright.async_api import Browser as Chromium
from yarl import URL

from postroom.access.admins.model import OPERATOR, Browser
from postroom.cluster.leases import Leases, Term
from postroom.composition.gateway import Gateway, build_gateway
from postroom.composition.services import open_ground
from postroom.server.listening import bind
from postroom.settings import Settings
from postroom.storage.database import Database, open_database
from postroom.storage.sealing.secrets import SecretBox
from postroom.web.dashboard.forms import form_token
from tests.fakes.databases import make_sqlite
from tests.live.chromium import Tab, browsing

PASSWORD = "three unrelated words"
BOX = SecretBox(("a secret for tests",))
SESSION = "postroom_session"


@dataclass
class DeskAnswer:
    """What came back. Redirects are not followed."""

    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str:
        """Where the browser is sent."""
        return str(self.headers.get("location", ""))


@dataclass
class Operator:
    """A browser without JavaScript. `cookie` is that of its session, empty for somebody who is not signed in."""

    base: str
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        jar = aiohttp.CookieJar(unsafe=True)
        self.http = aiohttp.ClientSession(cookie_jar=jar, headers={"user-agent": "Tester", **self.headers})
        if self.cookie:
            jar.update_cookies({SESSION: self.cookie}, URL(self.base))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that the browser has now, whatever their path."""
        return {cookie.key: cookie.value for cookie in self.http.cookie_jar}

    async def open(self, path: str, **headers: str) -> DeskAnswer:
        """Follow a link."""
        return await self.ask("GET", path, headers=headers)

    async def press(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> DeskAnswer:
        """Send a form with the token of this browser's session, unless the form has another one."""
        token = form_token(self.cookies.get(SESSION, ""))
        return await self.send(path, {"form_token": token, **(form or {})}, **headers)

    async def send(self, path: str, form: Any, **headers: str) -> DeskAnswer:
        """Send a form as it is, as a page of the dashboard would."""
        return await self.ask("POST", path, data=form, headers={"origin": self.base, **headers})

    async def ask(self, method: str, path: str, **options: Any) -> DeskAnswer:
        """Make a request."""
        async with self.http.request(method, self.base + path, allow_redirects=False, **options) as answer:
            return DeskAnswer(answer.status, answer.headers, await answer.text())


@dataclass
class DeskSite:
    """A running dashboard."""

    base: str
    gateway: Gateway
    db: Database

    def stranger(self, **headers: str) -> Operator:
        """Somebody who is not signed in."""
        return Operator(self.base, headers=headers)

    @asynccontextmanager
    async def operator(self) -> AsyncIterator[Operator]:
        """Somebody who is signed in."""
        async with Operator(self.base, await self.session()) as person:
            yield person

    async def session(self) -> str:
        """Open a session and return its cookie."""
        opened = await self.gateway.desk.sessions.open(OPERATOR, "password", Browser("127.0.0.1", "Tester"))
        return opened.cookie

    @asynccontextmanager
    async def browse(self, chromium: Chromium, *, signed_in: bool = True, **options: Any) -> AsyncIterator[Tab]:
        """A real browser, which is signed in."""
        async with browsing(chromium, **options) as tab:
            if signed_in:
                await self.sign_in(tab)
            yield tab

    async def sign_in(self, tab: Tab) -> None:
        """Give a browser the cookie of a new session."""
        cookie: Any = {"name": SESSION, "value": await self.session(), "url": self.base, "httpOnly": True}
        cookie["sameSite"] = "Lax"
        await tab.page.context.add_cookies([cookie])


@asynccontextmanager
async def open_desk(
    database_url: str, folder: Path, *, wrap: Callable[[Database], Database] = lambda db: db, **settings: Any
) -> AsyncIterator[DeskSite]:
    """Serve API and dashboard over a database, or over what `wrap` makes of it; nothing else runs."""
    chosen = Settings(**{"token": "the operator's own token", "data_dir": folder, "_env_file": None, **settings})
    await make_sqlite(database_url)
    async with AsyncExitStack() as stack:
        db = wrap(open_database(database_url))
        await db.start()
        stack.push_async_callback(db.close)
        gateway = build_gateway(open_ground(chosen, db, BOX, None, stack), Leases(db, Term()))
        listener, ready = bind("127.0.0.1", 0), asyncio.Event()
        serving = asyncio.ensure_future(gateway.serve(listener, ready.set))
        await ready.wait()
        try:
            yield DeskSite(f"http://127.0.0.1:{listener.getsockname()[1]}", gateway, db)
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            listener.close()
