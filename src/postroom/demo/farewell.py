"""Prints what the demonstration shows while it stays up: the address, a token, lines to copy."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from postroom.demo.sandbox import Sandbox
from postroom.demo.screen import Screen
from postroom.demo.story import ACCOUNT
from postroom.storage.files import private_folder

ENVIRONMENT_FILE = Path("data/demo/env")


def invite(screen: Screen, box: Sandbox, base_url: str, token: str, password: str, written: Path | None) -> None:
    """Print what somebody needs to continue by hand. `written` is the file with address and token, if there is one."""
    screen.title("Postroom is up, look at it in a browser")
    screen.fact("Dashboard", f"{base_url}/")
    screen.fact("Password", password)
    screen.note(
        "\n  The overview says whether anything needs you. The account of this story, with its events and folders:"
    )
    screen.copyable(f"{base_url}/dashboard/accounts/{ACCOUNT}")
    screen.note("  Leave that page open: it changes by itself with what you do below.")
    screen.title("Try it from another terminal")
    screen.fact("Base URL", base_url)
    screen.fact("API token", token)
    screen.fact("API reference", f"{base_url}/docs")
    screen.note("\n  Ask for the account:")
    screen.copyable(curl(base_url, token))
    screen.note("\n  Send a message to the sandbox mailbox, and see the webhook arrive here:")
    screen.copyable(send_line(box))
    screen.note("\n  Send a message from it, and see messageSent arrive here:")
    screen.copyable(submit_line(base_url, token))
    if written is not None:
        screen.note(f"\n  The examples in README.md take the address and the token from {written}.")
    screen.note("\nCtrl-C ends the demonstration; nothing of it is kept.")


def curl(base_url: str, token: str) -> str:
    """Return a shell command that shows the demo account."""
    return f"curl -s -H {shlex.quote(f'Authorization: Bearer {token}')} {base_url}/v1/account/{ACCOUNT}"


def submit_line(base_url: str, token: str) -> str:
    """Return a shell command that sends a message through the API."""
    body = '{"to": [{"address": "you@example.test"}], "subject": "Sent by hand", "text": "Hello"}'
    head = f"-H {shlex.quote(f'Authorization: Bearer {token}')} -H 'Content-Type: application/json'"
    return f"curl -s {head} -d {shlex.quote(body)} {base_url}/v1/account/{ACCOUNT}/submit"


def send_line(box: Sandbox) -> str:
    """Return a shell command that sends a message through the sandbox."""
    smtp = f"smtp://{box.mailbox.host}:{box.smtp_port}"
    message = r"'Subject: Written by hand\n\nHello\n'"
    return f"printf {message} | curl -s {smtp} --mail-from you@example.test --mail-rcpt {box.mailbox.user} -T -"


@contextmanager
def environment_file(base_url: str, token: str, path: Path = ENVIRONMENT_FILE) -> Iterator[Path | None]:
    """Keep a shell file with the address and the token, readable only by its owner. Yield None if it cannot be made."""
    text = f"URL={shlex.quote(base_url)}\nTOKEN={shlex.quote(token)}\nexport URL TOKEN\n"
    try:
        # `postroom serve` may later keep its database in the same folder.
        private_folder(path.parent.parent)
        private_folder(path.parent)
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except OSError:
        yield None
        return
    try:
        yield path
    finally:
        # Another demonstration may have overwritten the file meanwhile. Then it stays.
        with suppress(OSError):
            if path.read_text() == text:
                path.unlink()
                path.parent.rmdir()
                path.parent.parent.rmdir()
