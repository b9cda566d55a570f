"""Which tokens a token may issue and remove: none that allows more than itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Final, TypeAlias

from postroom.access.tokens import ACTIONS, GROUPS, AccessDenied, RateLimit, Token, fits
from postroom.footprint.dataclass import dataclass

__all__ = ["Excess", "WantedToken", "check_may_issue", "check_may_remove", "excess", "is_part_of"]

Network: TypeAlias = IPv4Network | IPv6Network

_EVERY_SCOPE: Final = "*"


@dataclass(frozen=True, slots=True)
class WantedToken:
    """What a new token should allow; the fields are those of Token."""

    scopes: tuple[str, ...] = ("api",)
    account: str | None = None
    addresses: tuple[str, ...] = ()
    permissions: dict[str, list[str]] | None = None
    expires_at: int | None = None
    referrers: tuple[str, ...] = ()
    rate_limit: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class Excess:
    """Something that a new token would allow but its issuer does not: the field of the request, and why."""

    key: str
    message: str


def is_part_of(issuer: Token, wanted: WantedToken) -> bool:
    """Say whether the issuer is allowed everything that the token would allow, at all times and from everywhere."""
    return not excess(issuer, wanted)


def excess(issuer: Token, wanted: WantedToken) -> list[Excess]:
    """Return everything in which a new token would exceed its issuer."""
    dimensions = (_scopes, _account, _places, _pages, _rate, _permissions, _expiry)
    return [found for dimension in dimensions for found in dimension(issuer, wanted)]


def check_may_issue(issuer: Token, wanted: WantedToken) -> None:
    """Raise AccessDenied unless `issuer` may make this token. Only a token with full access may make any."""
    if not issuer.has_full_access:
        raise AccessDenied("Only a token with full access may do this")
    found = excess(issuer, wanted)
    scopes = [each for each in found if each.key == "scopes"]
    fields = [{"message": each.message, "key": each.key, "path": each.key} for each in found]
    if scopes:
        first = next(scope for scope in wanted.scopes if not _holds(issuer, scope))
        raise AccessDenied("Unauthorized scope", requestedScope=first, fields=fields)
    if found:
        raise AccessDenied("A token cannot issue one that allows more than itself", fields=fields)


def check_may_remove(remover: Token, token: Token) -> None:
    """Raise AccessDenied unless `remover` may remove a token: itself, or one that allows no more than itself.

    Otherwise a leaked token with few rights could lock out all administrators.
    """
    if not remover.has_full_access:
        raise AccessDenied("Only a token with full access may do this")
    removed = WantedToken(
        token.scopes,
        token.account,
        token.addresses,
        token.permissions,
        token.expires_at,
        token.referrers,
        token.rate_limit,
    )
    found = excess(remover, removed)
    if found and token.id != remover.id:
        beyond = ", ".join(each.key for each in found)
        raise AccessDenied(
            f"A token deletes only tokens that allow no more than itself; this one allows more in {beyond}"
        )


def _holds(issuer: Token, scope: str) -> bool:
    return _EVERY_SCOPE in issuer.scopes or scope in issuer.scopes


def _scopes(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    missing = [scope for scope in wanted.scopes if not _holds(issuer, scope)]
    if missing:
        yield Excess("scopes", f'"scopes" must not hold {", ".join(missing)}: the issuing token has no such scope')


def _account(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    if issuer.account is not None and wanted.account != issuer.account:
        yield Excess("account", '"account" must be the account of the issuing token')


def _places(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    if not issuer.addresses:
        return
    held = _collapsed(issuer.addresses)
    key = "restrictions.addresses"
    if not wanted.addresses:
        yield Excess(key, f'"{key}" must be given, because the issuing token is limited to addresses')
    elif not all(any(_covers(one, network) for one in held) for network in _networks(wanted.addresses)):
        yield Excess(key, f'"{key}" must lie within the addresses of the issuing token')


def _pages(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    if not issuer.referrers:
        return
    key = "restrictions.referrers"
    if not wanted.referrers:
        yield Excess(key, f'"{key}" must be given, because the issuing token is limited to referrers')
    # A pattern that fits another pattern, letter by letter, covers only what that one covers.
    elif not all(any(fits(each, held) for held in issuer.referrers) for each in wanted.referrers):
        yield Excess(key, f'"{key}" must lie within the referrers of the issuing token')


def _rate(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    held, asked = issuer.rate_limit, wanted.rate_limit
    if held is None:
        return
    key = "restrictions.rateLimit"
    if asked is None:
        yield Excess(key, f'"{key}" must be given, because the issuing token has such a limit')
    elif asked.max_requests > held.max_requests or asked.time_window < held.time_window:
        yield Excess(key, f'"{key}" must not allow more requests, or the same in less time, than the issuing token')


def _expiry(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    if issuer.expires_at is None:
        return
    if wanted.expires_at is None:
        yield Excess("expires", '"expires" must be given, because the issuing token expires')
    elif wanted.expires_at > issuer.expires_at:
        yield Excess("expires", '"expires" must not be later than the end of the issuing token')


def _permissions(issuer: Token, wanted: WantedToken) -> Iterator[Excess]:
    if issuer.permissions is None:
        return
    if wanted.permissions is None:
        yield Excess("permissions", '"permissions" must be given, because the issuing token is narrowed')
        return
    for name, every in (("actions", ACTIONS), ("groups", GROUPS)):
        if not set(wanted.permissions.get(name, every)) <= set(issuer.permissions.get(name, every)):
            yield Excess(f"permissions.{name}", f'"permissions.{name}" must not hold more than the issuing token')


def _networks(addresses: Sequence[str]) -> list[Network]:
    return [ip_network(address, strict=False) for address in addresses]


def _collapsed(addresses: Sequence[str]) -> list[Network]:
    """The addresses as the fewest possible networks, so that two halves cover the whole."""
    networks = _networks(addresses)
    fours = [network for network in networks if isinstance(network, IPv4Network)]
    sixes = [network for network in networks if isinstance(network, IPv6Network)]
    return [*collapse_addresses(fours), *collapse_addresses(sixes)]


def _covers(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network):
        return isinstance(other, IPv4Network) and other.subnet_of(one)
    return isinstance(other, IPv6Network) and other.subnet_of(one)
