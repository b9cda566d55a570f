"""The real gateway under floods of strangers: it answers others meanwhile, and its memory comes back."""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from pathlib import Path

from tests.cli.postroom_program import running
from tests.server.serving import GET

MEBIBYTE = 2**20


def memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def flood(port: int, first: bytes, more: bytes, seconds: float) -> None:
    """Send as much as is taken in so many seconds, and read nothing."""
    until = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", port), timeout=1.0) as client:
        try:
            client.sendall(first)
            while time.monotonic() < until:
                client.sendall(more)
        except OSError:
            return


def test_strangers_cost_little_memory_and_give_it_back(tmp_path: Path) -> None:
    head = b"GET / HTTP/1.1\r\nHost: x\r\n"
    floods = [(b"", GET * 40_000)] * 16 + [(head + b"A: ", b"b" * MEBIBYTE)] * 4 + [(head, b"A: b\r\n" * 100_000)] * 4
    with running(tmp_path, "serve") as program:
        url = program.wait_for(r"Postroom is ready at (http://\S+)")[1]
        port = int(url.rpartition(":")[2])
        with urllib.request.urlopen(f"{url}/health", timeout=30):
            before = memory(program.process.pid)
        threads = [threading.Thread(target=flood, args=(port, *each, 3.0)) for each in floods]
        for thread in threads:
            thread.start()
        peak, answered = before, 0
        while any(thread.is_alive() for thread in threads):
            with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
                answered += answer.status == 200
            peak = max(peak, memory(program.process.pid))
            time.sleep(0.05)
        assert answered > 3
        assert peak - before < 64 * MEBIBYTE
        assert program.stop() == 0
    assert "Traceback" not in "\n".join(program.errors)
    assert "warning" not in "\n".join(program.errors)
