"""A client of the public API for the demonstration: it uses HTTP and a token, like any other program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp


class Unanswered(Exception):
    """The API refused a call or did not answer. The text names the call and the reason."""


@dataclass(frozen=True, slots=True)
class DemoClient:
    """Calls the API of one gateway."""

    session: aiohttp.ClientSession
    base_url: str

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the JSON answer of a call that succeeded. Raises Unanswered."""
        try:
            async with self.session.request(method, self.base_url + path, json=body) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unanswered(f"{method} {path} got no answer: {error}") from error
        if response.status >= 400:
            raise Unanswered(f"{method} {path} was answered {response.status}: {answer.get('error', answer)}")
        return answer

    async def timeline(self, account: str) -> list[dict[str, Any]]:
        """Return the account's state changes, oldest first."""
        answer = await self.call("GET", f"/v1/account/{quote(account, safe='')}/timeline?pageSize=100")
        entries: list[dict[str, Any]] = answer["timeline"]
        return entries[::-1]


def client(base_url: str, token: str) -> DemoClient:
    """Return a client; close its `session` when done."""
    session = aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}, timeout=aiohttp.ClientTimeout(total=20)
    )
    return DemoClient(session, base_url)
