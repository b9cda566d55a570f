"""Which addresses a caller may make us connect to: classification of IP addresses. Pure.

An IPv6 address can map, translate or tunnel an IPv4 address (RFC 4291, 6052, 3056, 4380, 5214). Then both are judged.
Hosts are checked twice: by their spelling, in checked_host.py, and by every address they resolve to, in
`check_address`. The second check is the one that protects.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias

from postroom.errors import Permanent

__all__ = ["AddressPolicy", "AddressRefused", "IpAddress", "check_address", "parse_address"]

IpAddress: TypeAlias = IPv4Address | IPv6Address


class AddressPolicy(StrEnum):
    """Which hosts a caller may reach."""

    ANY = "any"
    """All hosts except link-local and cloud metadata addresses; private networks and loopback are allowed."""
    PUBLIC = "public"
    """Only global unicast addresses."""


class AddressRefused(Permanent):
    """The address policy forbids this connection; the message names the address and the reason."""

    code = "EEGRESSBLOCKED"


# Never a mail server or webhook receiver: what a forged request would target first, and what cannot be a host.
_NEVER: Final = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("169.254.0.0/16", "a link-local address, where clouds keep their metadata"),
        ("100.100.100.200/32", "a cloud metadata address"),
        ("168.63.129.16/32", "a cloud metadata address"),
        ("192.0.0.192/32", "a cloud metadata address"),
        ("0.0.0.0/8", "not an address of a host"),
        ("224.0.0.0/4", "a multicast address"),
        ("255.255.255.255/32", "the broadcast address"),
    )
)
_NEVER_V6: Final = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("fe80::/10", "a link-local address"),
        ("fd00:ec2::/32", "a cloud metadata address"),
        ("fd20:ce::254/128", "a cloud metadata address"),
        ("fd00:42::42/128", "a cloud metadata address"),
        ("::/128", "not an address of a host"),
        ("ff00::/8", "a multicast address"),
    )
)

# The special-purpose registries of IANA (RFC 6890 and its updates). We keep our own tables, because the standard
# library's `is_global` differs between the Python versions we support.
_NOT_PUBLIC: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)

_V4_IN_LAST_BITS: Final = tuple(
    IPv6Network(network) for network in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)
_IPV4_COMPATIBLE: Final = IPv6Network("::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_ISATAP_MARKS: Final = frozenset({0x00005EFE, 0x02005EFE})
_TRANSLATED: Final = tuple(IPv6Network(network) for network in ("::ffff:0:0/96", "64:ff9b::/96"))


def check_address(address: IpAddress | str, policy: AddressPolicy) -> None:
    """Refuse an address that the policy forbids; a zone id (`fe80::1%eth0`) is ignored. Raises AddressRefused."""
    if isinstance(address, str):
        address = ip_address(address.partition("%")[0])
    for each in (address, *_carried(address)):
        reason = _refusal(each, policy)
        if reason is not None:
            inside = "" if each is address else f" carries {each}, which"
            raise AddressRefused(f"The address {address}{inside} is {reason}; the address policy refuses it.")


def parse_address(name: str) -> IpAddress | None:
    """The IP address that an ASCII text spells, None when it is not an address.

    Accepts the spellings of the C library (inet_aton(3), inet_pton(3)): `::1`, `127.1`, `0x7f000001`, `0177.0.0.1`,
    `2130706433`. A zone id is ignored.
    """
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        return _loose_ipv4(name.lower())


def _loose_ipv4(name: str) -> IPv4Address | None:
    """One to four numbers, decimal, octal or hexadecimal; the last one fills the remaining bytes."""
    numbers = [_loose_number(part) for part in name.split(".")]
    if len(numbers) > 4 or any(number is None for number in numbers):
        return None
    *leading, last = (number for number in numbers if number is not None)
    if any(number > 255 for number in leading) or last >= 1 << 8 * (4 - len(leading)):
        return None
    value = last
    for position, number in enumerate(leading):
        value |= number << 8 * (3 - position)
    return IPv4Address(value)


def _loose_number(text: str) -> int | None:
    if not text.isascii() or not text.isalnum():
        return None
    try:
        if text.startswith("0x"):
            return int(text[2:] or "0", 16)
        return int(text, 8 if text.startswith("0") else 10)
    except ValueError:
        return None


def _carried(address: IpAddress) -> Iterator[IPv4Address]:
    """The IPv4 addresses inside an IPv6 one, by every scheme that can apply."""
    if isinstance(address, IPv4Address):
        return
    value = int(address)
    last = IPv4Address(value & 0xFFFFFFFF)
    if any(address in network for network in _V4_IN_LAST_BITS):
        yield last
    if address in _IPV4_COMPATIBLE and value > 0xFFFF:
        yield last
    if value >> 32 & 0xFFFFFFFF in _ISATAP_MARKS:
        yield last
    if address in _SIX_TO_FOUR:
        yield IPv4Address(value >> 80 & 0xFFFFFFFF)
    if address in _TEREDO:
        yield IPv4Address(value >> 64 & 0xFFFFFFFF)
        yield IPv4Address(value & 0xFFFFFFFF ^ 0xFFFFFFFF)


def _refusal(address: IpAddress, policy: AddressPolicy) -> str | None:
    """Why the policy refuses this address by itself; None when it does not."""
    if isinstance(address, IPv4Address):
        for network, reason in _NEVER:
            if address in network:
                return reason
    else:
        for network6, reason in _NEVER_V6:
            if address in network6:
                return reason
    return "not a public address" if policy is AddressPolicy.PUBLIC and not _public(address) else None


def _public(address: IpAddress) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    # A mapped or translated address leads to the IPv4 address inside it, which is judged as well.
    if any(address in network for network in _TRANSLATED):
        return True
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
