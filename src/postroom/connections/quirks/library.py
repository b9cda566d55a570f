"""Finds the profiles in `profiles/` that fit a server or an e-mail domain."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from postroom.connections.hosts.checked_host import one_spelling
from postroom.connections.quirks.profile import Profile

__all__ = ["FOLDER", "by_domain", "by_mx", "library", "matching", "read_profile"]

FOLDER: Final = Path(__file__).parent / "profiles"


def read_profile(path: Path) -> Profile:
    """Read one file. Raises pydantic.ValidationError when it does not fit the model, tomllib.TOMLDecodeError."""
    return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


@cache
def library() -> tuple[Profile, ...]:
    """All profiles, in the order of their file names."""
    return tuple(read_profile(path) for path in sorted(FOLDER.glob("*.toml")))


def matching(
    host: str,
    *,
    greeting: str = "",
    capabilities: frozenset[str] = frozenset(),
    server_id: Mapping[str, str | None] | None = None,
) -> list[Profile]:
    """Return the profiles that fit a server by its host name or by what it says about itself."""
    greeting = greeting.lower()
    said = ((server_id or {}).get("name") or "").lower()
    known = _by_host(one_spelling(host)) | _by_words(said, capabilities)
    fitting = known.union(at for at, text in _greetings() if text in greeting)
    profiles = library()
    return [profiles[at] for at in sorted(fitting)]


@cache
def _greetings() -> tuple[tuple[int, str], ...]:
    """The texts of greetings, each with the place of its profile: most profiles have none."""
    return tuple((at, text) for at, profile in enumerate(library()) for text in profile.match.greetings)


def _by_host(name: str) -> frozenset[int]:
    """Which profiles fit the name of a host. An installation may have a host for each of its thousands of accounts."""
    labels = name.split(".")
    ends = _ends_of_hosts()
    return frozenset().union(*(ends.get(".".join(labels[at:]), ()) for at in range(len(labels))))


@cache
def _ends_of_hosts() -> Mapping[str, tuple[int, ...]]:
    """The places of the profiles by the endings of their hosts."""
    found: dict[str, tuple[int, ...]] = {}
    for at, profile in enumerate(library()):
        for end in profile.match.hosts:
            found[end] = (*found.get(end, ()), at)
    return found


@lru_cache(maxsize=1024)
def _by_words(said: str, capabilities: frozenset[str]) -> frozenset[int]:
    """Which profiles fit what a server says, apart from the greeting: it often holds the time, and is not cached."""
    return frozenset(
        at
        for at, profile in enumerate(library())
        if any(text in said for text in profile.match.id_names)
        or (profile.match.capabilities and profile.match.capabilities <= capabilities)
    )


def by_domain(domain: str) -> Profile | None:
    """Return the provider that owns this domain, such as `gmail.com`."""
    domain = domain.lower().rstrip(".")
    return next((profile for profile in library() if domain in profile.match.domains), None)


def by_mx(exchangers: Iterable[str]) -> Profile | None:
    """Return the provider that receives the mail; if several fit, the one with the most exact host name."""
    best: tuple[int, Profile] | None = None
    for host in exchangers:
        name = host.lower().rstrip(".")
        for profile in library():
            ending = _ending(name, profile.match.mx)
            if ending and (best is None or len(ending) > best[0]):
                best = (len(ending), profile)
        if best is not None:
            # Exchangers are in the order of preference; later ones may be another company's backup.
            return best[1]
    return None


def _ending(name: str, endings: Iterable[str]) -> str:
    """Return the longest of the endings that the name has, at the border of a label."""
    fitting = [ending for ending in endings if name == ending or name.endswith(f".{ending}")]
    return max(fitting, key=len, default="")
