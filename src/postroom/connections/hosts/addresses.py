"""Which addresses a caller may make us connect to: IP addresses, sorted into classes. Pure.

An address is judged with everything it carries inside: an IPv6 address that maps, translates or tunnels an IPv4 one
(RFC 4291, 6052, 3056, 4380, 5214) is as good as that IPv4 address. Hosts are judged twice: as they are spelled, in
checked_host.py, and by every address they resolve to, by `check_address`; the second is what protects.
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
    """How far a caller may reach."""

    ANY = "any"
    """Every host but link-local and cloud metadata ones; private networks and loopback are fine."""
    PUBLIC = "public"
    """Only global unicast addresses."""


class AddressRefused(Permanent):
    """The address policy forbids to connect there; the message names the address and the reason."""

    code = "EEGRESSBLOCKED"


# Never a mail server or a webhook receiver: what a stolen request would ask for first, and what cannot be a host.
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

# The special-purpose registries of IANA (RFC 6890 and its updates). The tables are ours, because the answers of the
# standard library's `is_global` differ between the Python versions we run on.
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
    """Refuse an address the policy does not allow; a zone id (`fe80::1%eth0`) is ignored. Raises AddressRefused."""
    if isinstance(address, str):
        address = ip_address(address.partition("%")[0])
    for each in (address, *_carried(address)):
        reason = _refusal(each, policy)
        if reason is not None:
            inside = "" if each is address else f" carries {each}, which"
            raise AddressRefused(f"The address {address}{inside} is {reason}; the address policy refuses it.")


def parse_address(name: str) -> IpAddress | None:
    """The IP address that an ASCII text spells, None when it spells none.

    Understands what the C library takes (inet_aton(3), inet_pton(3)): `::1`, `127.1`, `0x7f000001`, `0177.0.0.1`,
    `2130706433`. A zone id is left out.
    """
    try:
        return ip_address(name.partition("%")[0])
    except ValueError:
        return _loose_ipv4(name.lower())


def _loose_ipv4(name: str) -> IPv4Address | None:
    """One to four numbers, decimal, octal or hexadecimal; the last one fills the bytes that are left."""
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
    """The IPv4 addresses inside an IPv6 one, by every scheme that may apply."""
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
    """Why the address, taken by itself, is refused."""
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
    # A mapped or translated address goes where the IPv4 address inside it goes, and that one is judged as well.
    if any(address in network for network in _TRANSLATED):
        return True
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
