"""A client of the public API for the demonstration: it uses HTTP and a token, like any other program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from postroom.footprint.dataclass import dataclass


class Unanswered(Exception):
    """The API refused a call or did not answer. The text names the call and the reason."""


@dataclass(frozen=True, slots=True)
class StateShown:
    """A state change of the account: when (ISO 8601), to which state, and why."""

    id: int
    time: str
    state: str
    why: str

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """Return an entry of the timeline."""
        error = entry.get("error") or {}
        why = " ".join(str(part) for part in (entry.get("cause"), error.get("response")) if part)
        return cls(entry["id"], entry["time"], entry["state"], why)


@dataclass(frozen=True, slots=True)
class DemoClient:
    """Calls the API of one gateway."""

    session: aiohttp.ClientSession
    base_url: str

    async def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Return the JSON answer of a call that succeeded. Raises Unanswered."""
        try:
            async with self.session.request(method, self.base_url + path, json=body) as response:
                answer: Mapping[str, Any] = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unanswered(f"{method} {path} got no answer: {error}") from error
        if response.status >= 400:
            raise Unanswered(f"{method} {path} was answered {response.status}: {answer.get('error', answer)}")
        return answer

    async def timeline(self, account: str) -> list[StateShown]:
        """Return the account's state changes, oldest first."""
        answer = await self.call("GET", f"/v1/account/{quote(account, safe='')}/timeline?pageSize=100")
        return [StateShown.read(entry) for entry in reversed(answer["timeline"])]


def client(base_url: str, token: str) -> DemoClient:
    """Return a client; close its `session` when done."""
    session = aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}, timeout=aiohttp.ClientTimeout(total=20)
    )
    return DemoClient(session, base_url)
