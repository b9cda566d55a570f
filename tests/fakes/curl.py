"""Runs a curl command as somebody who copied it would: in a shell, with the token in a variable."""

from __future__ import annotations

import asyncio
import os

LONGEST = 20
"""Seconds after which curl gives up, and a stream is left."""


async def run(command: str, token: str, longest: float = LONGEST) -> tuple[int, str]:
    """Run a command; return the status and the body of the answer. 0 is none at all."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", f"{command} -s -w '\\n%{{http_code}}' --max-time {longest}"),
        env={**os.environ, "TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    body, _, status = output.decode().rpartition("\n")
    return int(status), body
