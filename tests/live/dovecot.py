"""A real Dovecot 2.3 on loopback: any user may log in, mail lives in a temporary folder.

    with Dovecot() as dovecot:                       # or: async with Dovecot() as dovecot
        dovecot.deliver("u1@example.test", b"Subject: hello\r\n\r\nhello\r\n")
        ...connect to dovecot.host, dovecot.port (plain and STARTTLS) or dovecot.tls_port, trusting dovecot.ca_file

Every user name logs in with `dovecot.password`, until `set_password` gives that user a password of its own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import imaplib
import json
import os
import shlex
import signal
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.live.dovecot_config import CAPABILITIES, Layout, config_text, password_lookup_text
from tests.live.processes import (
    children_of,
    end_processes,
    identity,
    open_processes,
    remove_folder,
    run_tool,
    server_folder,
    spawn,
    stop_process,
    wait_until,
)

__all__ = ["CAPABILITIES", "Dovecot", "DovecotOptions", "capabilities_without", "dovecot_is_installed"]

DOVECOT = Path("/usr/sbin/dovecot")
DOVEADM = Path("/usr/bin/doveadm")


def dovecot_is_installed() -> bool:
    """Whether Debian's dovecot-imapd is there."""
    return DOVECOT.exists() and Path("/usr/lib/dovecot/imap").exists()


def capabilities_without(*names: str) -> str:
    """Dovecot's capability line without `names`: what to give as `imap_capability`.

    Dovecot only stops announcing them; it still obeys a client that uses them all the same.
    """
    return " ".join(name for name in CAPABILITIES.split() if name not in names)


@dataclass(frozen=True)
class DovecotOptions:
    """How one server differs from the default.

    `imap_capability` replaces the announced capabilities (see `capabilities_without`); `imap_hibernate_timeout`
    (seconds) moves idle connections into one small process; `raise_inotify_limits` lets root lift the kernel's limit
    on watches, which thousands of IDLE connections need, until `close`; `extra_config` is appended to the
    configuration as it is, so that its settings win.
    """

    password: str = "pass"
    mail_format: Literal["maildir", "sdbox"] = "maildir"
    imap_capability: str | None = None
    mail_max_userip_connections: int = 100_000
    imap_hibernate_timeout: int = 0
    connection_limit: int = 4000
    raise_inotify_limits: bool = False
    extra_config: str = ""


class Dovecot:
    """One Dovecot of our own; `start` and `stop` as often as a test likes, on ports that stay the same."""

    host = "127.0.0.1"

    def __init__(self, options: DovecotOptions | None = None) -> None:
        self.options = options or DovecotOptions()
        self.password = self.options.password
        self._identity = identity("nobody")
        self._ports = (PortReservation(), PortReservation())
        self.port = self._ports[0].port
        self.tls_port = self._ports[1].port
        self.folder = server_folder("postroom-dovecot-", self._identity)
        self._process: subprocess.Popen[bytes] | None = None
        self._inotify_before: dict[Path, str] = {}
        self._prepare_folder()

    @property
    def ca_file(self) -> Path:
        """The certificate authority (PEM) that a client must trust."""
        return self.folder / "ca.pem"

    @property
    def config_file(self) -> Path:
        """Its configuration, for programs of Dovecot that deliver mail."""
        return self.folder / "dovecot.conf"

    @property
    def auth_socket(self) -> Path:
        """Where a mail server asks whether a user's password is right."""
        return self.folder / "run" / "auth-client"

    @property
    def user(self) -> str:
        """The user of the system who owns the mail."""
        return self._identity.user

    @property
    def _log_file(self) -> Path:
        return self.folder / "dovecot.log"

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server's certificate."""
        return server_certificate().client_context()

    # Life

    @property
    def pid(self) -> int:
        """The first process of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it greets; raise ServerFailed with Dovecot's log when it does not."""
        if self._process is not None:
            return
        if self.options.raise_inotify_limits:
            self._raise_inotify_limits()
        self._process = spawn([DOVECOT, "-F", "-c", self.config_file], self._identity, self._log_file)
        wait_until(self._greets, self._process, self._log_file)

    def stop(self, *, abruptly: bool = False) -> None:
        """End every connection and the server itself; the mail and the ports stay.

        Dovecot takes a second to say `* BYE` and end; `abruptly` is a crash: no BYE, no second.
        """
        if self._process is None:
            return
        number = signal.SIGKILL if abruptly else signal.SIGTERM
        # The master process goes first, so that it starts no new children; left alone they would take ten seconds.
        with open_processes(children_of(self._process)) as children:
            stop_process(self._process, number)
            end_processes(children, number)
        self._process = None

    def restart(self) -> None:
        """Stop and start on the same ports."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop for good and delete everything."""
        self.stop(abruptly=True)
        for path, value in self._inotify_before.items():
            path.write_text(value)
        self._inotify_before.clear()
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

    # Users and mail

    def set_password(self, user: str, password: str | None) -> None:
        """Give one user a password of its own, at once and for new logins; `None` returns to the server's password.

        Any character is allowed in `password`; `user` may not contain a slash.
        """
        path = self.folder / "passwords" / user
        if password is None:
            path.unlink(missing_ok=True)
            return
        encoded = base64.b64encode(password.encode()).decode()
        # Renamed into place, because Dovecot may read it at any moment.
        fresh = self.folder / "password.new"
        fresh.write_text(json.dumps({"password": f"{{PLAIN.B64}}{encoded}", "nodelay": "yes"}))
        fresh.rename(path)

    @contextlib.contextmanager
    def side_door(self, user: str) -> Iterator[imaplib.IMAP4]:
        """An IMAP session of `user` without login or network, for arranging mailboxes behind a client's back."""
        command = shlex.join([*self._as_server_user(), str(DOVEADM), "-c", str(self.config_file), "exec", "imap"])
        session = imaplib.IMAP4_stream(f"{command} -u {shlex.quote(user)} 2>>{shlex.quote(str(self._log_file))}")
        try:
            yield session
        finally:
            session.logout()

    def deliver(
        self, user: str, message: bytes, mailbox: str = "INBOX", flags: Sequence[str] = (), *, copies: int = 1
    ) -> None:
        """Put `message` into a mailbox of `user` (made when it does not exist) with `flags` such as `\\Seen`.

        `mailbox` is the name as on the wire: modified UTF-7 when it is not ASCII. Takes about 20 ms.
        """
        quoted = '"' + mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'
        with self.side_door(user) as session:
            if mailbox != "INBOX":
                session.create(quoted)
            flag_list = f"({' '.join(flags)})" if flags else ""
            for _ in range(copies):
                status, answer = session.append(quoted, flag_list, "", message)
                assert status == "OK", answer

    def kill_connections(self, user: str | None = None, *, abruptly: bool = False) -> int:
        """Cut the connections of `user`, or of everybody; return how many processes were ended.

        Dovecot says `* BYE` first, unless `abruptly`. A hibernated connection has no process of its own and is
        cut only when `user` is None.
        """
        pids = self._imap_processes(("imap", "imap-hibernate")) if user is None else self._processes_of(user)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if abruptly else signal.SIGTERM)
        return len(pids)

    def connection_count(self, user: str | None = None) -> int:
        """How many connections are logged in, hibernated ones included."""
        return sum(1 for name, _ in self._who() if user in (None, name))

    def connection_counts(self) -> Counter[str]:
        """How many connections of each user are logged in."""
        return Counter(name for name, _ in self._who())

    def log_text(self) -> str:
        """Everything Dovecot has logged."""
        return self._log_file.read_text(errors="replace") if self._log_file.exists() else ""

    # How it works

    def _prepare_folder(self) -> None:
        # A mail server of another user must reach the socket for passwords.
        self.folder.chmod(0o711)
        server_certificate().write(self.folder)
        layout = Layout(
            folder=self.folder,
            user=self._identity.user,
            group=self._identity.group,
            uid=self._identity.uid,
            gid=self._identity.gid,
            port=self.port,
            tls_port=self.tls_port,
        )
        self.config_file.write_text(config_text(layout, self.options), encoding="utf-8")
        (self.folder / "passwords.conf").write_text(password_lookup_text(layout), encoding="utf-8")
        (self.folder / "passwords").mkdir(parents=True)
        for path in self.folder.iterdir():
            if os.geteuid() == 0:
                os.chown(path, self._identity.uid, self._identity.gid)

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as connection:
                return connection.recv(4) == b"* OK"
        except OSError:
            return False

    def _as_server_user(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        return ["setpriv", f"--reuid={self._identity.uid}", f"--regid={self._identity.gid}", "--clear-groups"]

    def _doveadm(self, *arguments: str) -> str:
        return run_tool([DOVEADM, "-c", self.config_file, *arguments], self._identity).decode()

    def _who(self) -> list[tuple[str, int]]:
        """(user, pid) of every logged-in connection."""
        rows = (line.split("\t") for line in self._doveadm("-f", "tab", "who", "-1").splitlines()[1:])
        return [(row[0], int(row[2])) for row in rows]

    def _processes_of(self, user: str) -> list[int]:
        shared = set(self._imap_processes(("imap-hibernate",)))
        return sorted({pid for name, pid in self._who() if name == user} - shared)

    def _imap_processes(self, names: Sequence[str]) -> list[int]:
        """The pids of our own Dovecot's children that run one of the programs `names`."""
        found = []
        for pid in children_of(self._process):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/comm").read_text().strip() in names:
                    found.append(pid)
        return found

    def _raise_inotify_limits(self) -> None:
        wanted = {"max_user_instances": 20_000, "max_user_watches": 200_000}
        for name, limit in wanted.items():
            path = Path("/proc/sys/fs/inotify") / name
            with contextlib.suppress(OSError):
                before = path.read_text()
                if int(before) < limit:
                    path.write_text(str(limit))
                    self._inotify_before[path] = before
