"""Ports on loopback that stay reserved for a server, even while it is stopped."""

from __future__ import annotations

import socket


class PortReservation:
    """A port on 127.0.0.1, chosen by the OS and reserved even while the server is stopped.

    The reserving socket is bound but never listens. Clients are refused, a server that sets SO_REUSEADDR can still
    listen there, and the kernel does not use the port for an outgoing connection.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Release the port."""
        self._socket.close()
