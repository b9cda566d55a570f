"""A host in the one spelling that is used everywhere, after its check. Pure.

The text is folded as browsers do (UTS 46, nontransitional), converted to the ASCII form of DNS (IDNA 2008), and then
read as an address in any spelling that the C library accepts. Policy, resolver, Host header, SNI and certificate check
all use the result, so they cannot disagree about which host is meant.
"""

from __future__ import annotations

import re
from dataclasses import InitVar
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Final, final

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, IpAddress, check_address, parse_address
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["CheckedHost", "NotAHost", "ascii_name", "check_host", "one_spelling"]

_NAME: Final = re.compile(r"(?!-)(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# No top-level domain is a number (RFC 1123 section 2.1), so a host that ends in one is a misspelled address.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST: Final = 1024
_MADE_HERE: Final = object()

_METADATA_NAMES: Final = frozenset(
    {
        "instance-data",
        "instance-data.ec2.internal",
        "metadata",
        "metadata.azure.internal",
        "metadata.goog",
        "metadata.google.internal",
        "metadata.packet.net",
        "metadata.platformequinix.com",
        "metadata.tencentyun.com",
    }
)


class NotAHost(Permanent):
    """The text is neither a possible DNS name nor an IP address, so no resolver can know it."""

    code = "ENOTFOUND"


@final
@dataclass(frozen=True, slots=True)
class CheckedHost:
    """A host that passed `check_host`, which is the only way to make one.

    `name` is ASCII in lower case, without a trailing dot and without brackets, as the Host header, SNI and the
    certificate check need it. `address` is set when the host is spelled as an IP address. Every address that is
    connected to must pass `policy`. `is_full` means that the name is looked
    up with a trailing dot, so that the search list is not used.
    """

    name: str
    address: IpAddress | None
    policy: AddressPolicy
    is_full: bool
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _MADE_HERE:
            raise TypeError("only check_host makes a CheckedHost")

    @property
    def question(self) -> str:
        """The name as it is sent to the resolver."""
        return f"{self.name}." if self.is_full else self.name

    def __str__(self) -> str:
        """The host as it stands in a URL, before the port."""
        return f"[{self.name}]" if isinstance(self.address, IPv6Address) else self.name


# Every webhook and every connection asks for the same few hosts.
@lru_cache(maxsize=1024)
def check_host(text: str, policy: AddressPolicy) -> CheckedHost:
    """Return the host that a text names, if its spelling does not already forbid it (an address, a metadata service).

    Each address of a name that passes must still be checked. Raises AddressRefused, NotAHost.
    """
    folded = _folded(text)
    address = _address(folded, text)
    if address is not None:
        check_address(address, policy)
        return CheckedHost(str(address), address, policy, False, _MADE_HERE)
    name = _ascii(folded.removesuffix("."), text)
    if name in _METADATA_NAMES:
        raise AddressRefused(f"{text!r} is the name of a cloud metadata service.")
    # `localhost` and names below it need no dot, and no name server knows them (RFC 6761 section 6.3).
    is_full = folded.endswith(".") and not f".{name}".endswith(".localhost")
    return CheckedHost(name, None, policy, is_full, _MADE_HERE)


def ascii_name(text: str) -> str:
    """Return a name in its DNS form without a trailing dot; "" when it has none."""
    try:
        return _ascii(_folded(text).removesuffix("."), text)
    except NotAHost:
        return ""


def one_spelling(text: str) -> str:
    """Return the same text for all spellings of a host, to use as a key; this permits no connection.

    A text that is no host, or one that may never be connected to, gives itself in lower case.
    """
    try:
        host = check_host(text, AddressPolicy.ANY)
    except (NotAHost, AddressRefused):
        return text.strip().lower()
    mapped = host.address.ipv4_mapped if isinstance(host.address, IPv6Address) else None
    return str(mapped) if mapped is not None else host.name


def _folded(text: str) -> str:
    text = text.strip()
    if text.isascii() or len(text) > _LONGEST:
        return text.lower()
    # Imported here, because its tables are only needed for names in other scripts, which are rare.
    import idna

    try:
        return idna.uts46_remap(text, std3_rules=False)
    except (idna.IDNAError, UnicodeError) as error:
        raise _not_a_host(text) from error


def _address(folded: str, text: str) -> IpAddress | None:
    """The address that a host spells, with or without brackets and a trailing dot."""
    inner = folded.removesuffix(".")
    # Brackets must be ASCII in the text (RFC 3986 section 3.2.2); folding must not produce them.
    if text.strip().startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    address = parse_address(inner) if inner.isascii() else None
    if address is not None and "%" in inner:
        raise AddressRefused(f"{text!r} carries a zone id, which names a network link of this machine.")
    return address


def _ascii(folded: str, text: str) -> str:
    name = folded if folded.isascii() else ".".join(_label(label, text) for label in folded.split("."))
    if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise _not_a_host(text)
    return name


def _label(label: str, text: str) -> str:
    """One label in its DNS form. ASCII labels stay as they are, because host names may contain underscores."""
    if label.isascii():
        return label
    import idna

    try:
        return idna.alabel(label).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _not_a_host(text) from error


def _not_a_host(text: str) -> NotAHost:
    shown = text if len(text) <= 253 else f"{text[:250]}..."
    return NotAHost(f"{shown!r} is not a host name")
