"""Addresses, good and bad, under both policies, and their spellings."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, check_address, parse_address

METADATA = [
    "169.254.169.254",
    "169.254.0.23",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "168.63.129.16",
    "::ffff:169.254.169.254",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
    "2001:0:808:808::5601:5601",  # Teredo keeps the client's address with every bit turned over.
    "2a00:1450:4001:800:0:5efe:169.254.169.254",
]
NOT_A_HOST = ["0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:0.0.0.0"]
PRIVATE = [
    "127.0.0.1",
    "::1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fd12:3456::1",
    "fec0::1",
    "192.0.2.1",
    "198.18.0.1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::1",
]
PUBLIC = ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001:800::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]


@pytest.mark.parametrize("address", METADATA + NOT_A_HOST)
@pytest.mark.parametrize("policy", AddressPolicy)
def test_refused_by_every_policy(address: str, policy: AddressPolicy) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_address(address, policy)
    assert caught.value.code == "EEGRESSBLOCKED"


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_only_by_public(address: str) -> None:
    check_address(address, AddressPolicy.ANY)
    with pytest.raises(AddressRefused):
        check_address(address, AddressPolicy.PUBLIC)


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("policy", AddressPolicy)
def test_public_addresses_pass(address: str, policy: AddressPolicy) -> None:
    check_address(address, policy)


@pytest.mark.parametrize("name", ["imap.example.com", "", "1.2.3.4.5", "256.1.1.1", "0x1g", "1..2", "08.1.1.1"])
def test_names_are_not_addresses(name: str) -> None:
    assert parse_address(name) is None


@given(st.integers(0, 2**32 - 1), st.integers(0, 3), st.sampled_from(["{}", "0x{:x}", "0{:o}"]))
def test_loose_spellings_agree_with_the_c_library(value: int, leading: int, form: str) -> None:
    packed = value.to_bytes(4, "big")
    parts = [*packed[:leading], int.from_bytes(packed[leading:], "big")]
    spelled = ".".join(form.format(part) for part in parts)
    assert parse_address(spelled) == IPv4Address(socket.inet_aton(spelled))
