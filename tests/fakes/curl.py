"""Runs a curl command like a user who copied it: in a shell, with the token in a variable."""

from __future__ import annotations

import asyncio
import os

LONGEST = 20
"""Seconds after which curl gives up, or leaves a stream."""


async def run(command: str, token: str, longest: float = LONGEST) -> tuple[int, str]:
    """Run a command; return the status and the body of the answer. Status 0 means no answer."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"{command} -s -w '\\n%{{http_code}}' --max-time {longest}"),
        env={**os.environ, "TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    body, _, status = output.decode().rpartition("\n")
    return int(status), body
