"""A real Postfix on loopback: a submission server that delivers into the mailboxes of a Dovecot of the tests.

    with Dovecot() as dovecot, Postfix(dovecot) as postfix:
        ...submit at postfix.host, postfix.port (plain and STARTTLS) or postfix.tls_port, trusting postfix.ca_file
        ...and read what arrives at dovecot.port

Users and their passwords are those of the Dovecot. Every address of example.test is the mailbox of the user with that
name, but for those that begin with `missing`: they are refused at RCPT. Mail for bounces.test is taken and comes back
as a bounce, mail for full.test is taken and waits, mail for discard.test is taken and thrown away. Postfix runs as root
only.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.live.dovecot import Dovecot
from tests.live.postfix_config import (
    PROGRAMS,
    QUEUE_FOLDERS,
    QUEUE_FOLDERS_OF_ALL,
    PostfixLayout,
    mailboxes_text,
    main_text,
    master_text,
)
from tests.live.processes import (
    children_of,
    end_processes,
    identity_of,
    open_processes,
    remove_folder,
    server_folder,
    spawn,
    stop_process,
    wait_until,
)

__all__ = ["Postfix", "postfix_is_installed"]

MASTER = PROGRAMS / "master"


def postfix_is_installed() -> bool:
    """Whether Debian's postfix is there."""
    return MASTER.exists()


class Postfix:
    """One Postfix of our own; `start` and `stop` as often as a test likes, on ports that stay the same."""

    host = "127.0.0.1"

    def __init__(
        self, dovecot: Dovecot, *, size_limit: int = 35_882_577, recipient_limit: int = 1000, starttls: bool = True
    ) -> None:
        """`size_limit` is the largest message in octets; a message may have `recipient_limit` recipients.

        `starttls`: it is offered at `port`.
        """
        self.dovecot = dovecot
        self._root = identity_of("root")
        self._ports = (PortReservation(), PortReservation())
        self.port = self._ports[0].port
        self.tls_port = self._ports[1].port
        self.folder = server_folder("postroom-postfix-", self._root)
        self._process: subprocess.Popen[bytes] | None = None
        self._prepare_folder(size_limit, recipient_limit, starttls)

    @property
    def ca_file(self) -> Path:
        """The certificate authority (PEM) that a client must trust."""
        return self.folder / "ca.pem"

    @property
    def _log_file(self) -> Path:
        return self.folder / "postfix.log"

    # Life

    def start(self) -> None:
        """Start and wait until it greets; raise ServerFailed with Postfix's log when it does not."""
        if self._process is None:
            self._process = spawn([MASTER, "-d", "-c", self.folder / "etc"], self._root, self._log_file)
            wait_until(self._greets, self._process, self._log_file)

    def stop(self, *, abruptly: bool = False) -> None:
        """End it with every connection; the queue and the ports stay."""
        if self._process is None:
            return
        number = signal.SIGKILL if abruptly else signal.SIGTERM
        # Its children would go on listening for a moment, or for good.
        with open_processes(children_of(self._process)) as children:
            stop_process(self._process, number)
            end_processes(children, number)
        self._process = None

    def close(self) -> None:
        """Stop for good and delete everything."""
        self.stop(abruptly=True)
        for reservation in self._ports:
            reservation.release()
        remove_folder(self.folder)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    # Sight

    def log_text(self) -> str:
        """Everything Postfix has logged."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    # How it works

    def _prepare_folder(self, size_limit: int, recipient_limit: int, starttls: bool) -> None:
        self.folder.chmod(0o755)
        server_certificate().write(self.folder)
        layout = PostfixLayout(
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            auth_socket=self.dovecot.auth_socket,
            dovecot_config=self.dovecot.config_file,
            dovecot_user=self.dovecot.user,
            size_limit=size_limit,
            recipient_limit=recipient_limit,
            starttls=starttls,
        )
        self._make_folders()
        (self.folder / "etc" / "main.cf").write_text(main_text(layout), encoding="utf-8")
        (self.folder / "etc" / "master.cf").write_text(master_text(layout), encoding="utf-8")
        (self.folder / "mailboxes").write_text(mailboxes_text(), encoding="utf-8")

    def _make_folders(self) -> None:
        queue = self.folder / "queue"
        for path in (self.folder / "etc", queue, queue / "pid"):
            path.mkdir(mode=0o755)
        owned = [self.folder / "data", *(queue / name for name in (*QUEUE_FOLDERS, *QUEUE_FOLDERS_OF_ALL))]
        for path in owned:
            path.mkdir(mode=0o700 if path.name in QUEUE_FOLDERS else 0o755)
            shutil.chown(path, "postfix")

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                return connection.recv(4) == b"220 "
        except OSError:
            return False
