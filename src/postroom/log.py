"""Structured logs on standard error; values under secret-sounding keys never print."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, cast

import structlog

_SECRET_KEY = re.compile(r"pass|secret|token|authorization|cookie|credential|signature|api_?key", re.IGNORECASE)
_URL_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
MASK = "******"


def redact(value: object, key: str = "") -> object:
    """Return `value` as it may be shown: secret-sounding keys masked, userinfo taken out of URLs, at any depth."""
    if key and _SECRET_KEY.search(key) and value not in (None, "", False):
        return MASK
    if isinstance(value, Mapping):
        return {name: redact(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, str):
        return _URL_USERINFO.sub(MASK + "@", value)
    return value


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return cast("dict[str, Any]", {key: redact(value, key) for key, value in event.items()})


def configure(level: str = "info", style: Literal["console", "json"] = "console") -> None:
    """Send Postroom's own and the libraries' log lines to standard error in one shape."""
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _redact_event,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        # The prettier tracebacks show local variables, and those hold secrets.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    formatting = [structlog.processors.format_exc_info] if style == "json" else []
    structlog.configure(
        processors=[*processors, *formatting, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of one room of the house, e.g. `supervisor`."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(room=room))
