"""What people write beside the name of a host."""

from __future__ import annotations

import pytest

from postroom.connections.hosts.host_names import HostFault, host_faults

FAULTS = (
    ("imap://mail.example.com", {HostFault.SCHEME}),
    ("imaps://mail.example.com:993", {HostFault.SCHEME, HostFault.PORT}),
    ("https://mail.example.com/", {HostFault.SCHEME}),
    ("https://mail.example.com/webmail", {HostFault.SCHEME, HostFault.PATH}),
    ("imap://ada:secret@mail.example.com", {HostFault.SCHEME, HostFault.USER}),
    ("ada@example.com", {HostFault.USER}),
    ("mail.example.com:993", {HostFault.PORT}),
    ("mail.example.com:", {HostFault.PORT}),
    ("mail.example.com: 993", {HostFault.PORT, HostFault.SPACES}),
    ("192.0.2.1:143", {HostFault.PORT}),
    ("[2001:db8::1]:993", {HostFault.PORT}),
    ("mail.example.com/path", {HostFault.PATH}),
    ("mail .example.com", {HostFault.SPACES}),
    ("mail\texample", {HostFault.SPACES}),
    ("", {HostFault.OTHER}),
    ("-mail.example.com", {HostFault.OTHER}),
    ("a" * 254, {HostFault.OTHER}),
    ("mail%eth0", {HostFault.OTHER}),
    ("mail:imap", {HostFault.OTHER}),
)
FINE = (
    "mail.example.com",
    "mail.example.com.",
    "mail",
    "localhost",
    "õ.example",
    "a_b.example",
    "127.0.0.1",
    "::1",
    "[::1]",
    "fe80::1%eth0",
)


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_each_fault_is_named(text: str, faults: set[HostFault]) -> None:
    assert set(host_faults(text)) == faults


@pytest.mark.parametrize("text", FINE)
def test_what_can_be_resolved_has_none(text: str) -> None:
    assert host_faults(text) == ()
