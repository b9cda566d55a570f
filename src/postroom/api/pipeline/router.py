"""Finds the route of a request by its method and path.

A path is split at its slashes before `%2F` and other escapes are decoded, so an account id may be any text.
"""

from __future__ import annotations

from typing import Generic, TypeVar
from urllib.parse import unquote

from postroom.api.pipeline.errors import MalformedRequest, MethodNotAllowed, UnknownPage
from postroom.footprint.dataclass import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Pattern(Generic[T]):
    """The routes of one path. A segment is fixed text, or the name of a parameter in braces."""

    segments: tuple[str, ...]
    methods: dict[str, T]


class Router(Generic[T]):
    """Finds the target of a request. A path without parameters takes precedence."""

    def __init__(self) -> None:
        self._fixed: dict[str, dict[str, T]] = {}
        self._patterns: dict[int, list[_Pattern[T]]] = {}

    def add(self, method: str, path: str, target: T) -> None:
        """Add a target for `method` on `path`, such as `/v1/account/{account}`."""
        if "{" not in path:
            self._fixed.setdefault(path, {})[method] = target
            return
        segments = tuple(path.split("/"))
        patterns = self._patterns.setdefault(len(segments), [])
        for pattern in patterns:
            if pattern.segments == segments:
                pattern.methods[method] = target
                return
        patterns.append(_Pattern(segments, {method: target}))
        # `/v1/tokens/account/{account}` before `/v1/tokens/{id}/log`: fixed text first.
        patterns.sort(key=lambda pattern: [segment.startswith("{") for segment in pattern.segments])

    def find(self, method: str, raw_path: str) -> tuple[T, dict[str, str]]:
        """Return the target and the decoded parameters; a trailing slash is ignored.

        Raises UnknownPage, MethodNotAllowed, and MalformedRequest for a parameter that is not UTF-8.
        """
        path = raw_path.removesuffix("/") or "/"
        methods, parameters = self._match(path)
        if methods is None:
            raise UnknownPage("Requested page not found")
        target = methods.get("GET" if method == "HEAD" else method)
        if target is None:
            allowed = sorted(methods) + (["HEAD"] if "GET" in methods else [])
            raise MethodNotAllowed(allowed)
        return target, parameters

    def _match(self, path: str) -> tuple[dict[str, T] | None, dict[str, str]]:
        if path in self._fixed:
            return self._fixed[path], {}
        segments = path.split("/")
        for pattern in self._patterns.get(len(segments), ()):
            parameters = _bind(pattern.segments, segments)
            if parameters is not None:
                return pattern.methods, parameters
        return None, {}


def _bind(pattern: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for expected, sent in zip(pattern, segments, strict=True):
        if expected[:1] == "{" and sent:
            found[expected[1:-1]] = sent
        elif expected != sent:
            return None
    return {name: _decoded(value) for name, value in found.items()}


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise MalformedRequest("The path is not UTF-8 after percent-decoding") from None
