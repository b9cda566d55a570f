"""Structured logs on standard error, with libraries' lines in the same format; secrets are never printed."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager, suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, TextIO, cast

from postroom.footprint.loading import without
from postroom.words.masking import MASK
from postroom.words.strangers import harmless, host_of

# structlog takes these if they are there: Rich for tracebacks of its own, greenlet for a way of context that nobody
# here uses, and colorama, which only Windows needs. They take 7 MiB. So everything of structlog comes from this module.
with without("rich", "greenlet", *(() if sys.platform == "win32" else ("colorama",))):
    import structlog

_TRACEBACKS = frozenset({"exception", "stack"})
_SECRET_KEY = re.compile(r"pass|secret|token|authorization|cookie|credential|signature|api_?key", re.IGNORECASE)
# In a sentence, where a URL ends at a blank. User name and password get one mask, because no caller sends it back.
_URL_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_IN_A_QUERY = re.compile(r"(?<=[?&])(\w*(?:pass|secret|token|key)\w*=)[^&\s\"']+", re.IGNORECASE)
# Libraries log their routine work at `info`; an operator needs only what goes wrong.
_LIBRARIES = {"debug": logging.INFO, "info": logging.WARNING, "warning": logging.WARNING, "error": logging.ERROR}


class _Stream:
    """A stream on which no write fails. If its reader is gone or the disk is full, lines are lost and nothing else.

    Lines are written everywhere, also in the handler of the signal that stops the program.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _standard_error() -> TextIO:
    return cast("TextIO", _Stream(sys.stderr))


# Before `configure`, too, logs must not go to standard output, which belongs to the output of programs.
structlog.configure(logger_factory=lambda *_: structlog.WriteLogger(_standard_error()))


def redact(value: object, key: str = "") -> object:
    """Return `value` in a form that may be shown.

    Values of keys that sound secret, and secrets in URLs, are masked at any depth. Text
    becomes one line without terminal control characters; a traceback keeps its lines.
    """
    if key and _sounds_secret(key) and value not in (None, "", False):
        return MASK
    if isinstance(value, str):
        return harmless(_masked(value), lines=key in _TRACEBACKS)
    if isinstance(value, Mapping):
        return {name: redact(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


@lru_cache(256)
def _sounds_secret(key: str) -> bool:
    """Say whether values of this key are secret. There are few keys, and each line has some."""
    return _SECRET_KEY.search(key) is not None


def _masked(text: str) -> str:
    """Mask the secrets in URLs. Most texts have no URL, and the patterns then need not look for it."""
    if "://" in text:
        text = _URL_USERINFO.sub(MASK + "@", text)
    return _IN_A_QUERY.sub(rf"\1{MASK}", text) if "=" in text else text


def _redact_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return cast("dict[str, Any]", {key: redact(value, key) for key, value in event.items()})


def _name_the_library(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {**event, "event": str(event["event"]).rstrip(), "room": event["_record"].name}


def configure(level: str = "info", style: Literal["console", "json"] = "console") -> None:
    """Send the log lines of Postroom and of libraries to standard error in one format.

    `level` is the least severe level of Postroom's own lines. With `json` each line is one object, including Python's
    warnings and the traceback of a crash.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        # The prettier tracebacks show local variables, which can be secrets.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    began: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*began, _redact_event, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # Workers of a machine share one stream, so a line and its end must be written together.
        logger_factory=structlog.WriteLoggerFactory(_standard_error()),
        cache_logger_on_first_use=True,
    )
    foreign = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_name_the_library, *began],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_event, renderer],
    )
    _take_over(_standard_error(), foreign, _LIBRARIES[level])


def _take_over(stream: TextIO, formatter: logging.Formatter, level: int) -> None:
    """Send libraries' lines, Python's warnings and uncaught exceptions through the formatter to the stream."""
    root = logging.getLogger()
    for before in [each for each in root.handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)]:
        root.removeHandler(before)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _crash


def _crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    get_logger("postroom").critical("ended by a fault of its own", exc_info=(kind, error, traceback))


def about(**ids: str) -> AbstractContextManager[None]:
    """Name in every line of the block what it is about: `account`, `event_id`, `delivery`, `endpoint` or `queue_id`.

    That includes lines of libraries, and of tasks that begin in the block. A line that names them itself wins.
    """
    return _About(ids)


class _About:
    """Does what structlog's `bound_contextvars` does. It is made for each request, and takes a third of the time."""

    __slots__ = ("_ids", "_tokens")

    def __init__(self, ids: Mapping[str, str]) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        self._tokens = structlog.contextvars.bind_contextvars(**self._ids)

    def __exit__(self, *_: object) -> None:
        structlog.contextvars.reset_contextvars(**self._tokens)


def sign_lines(**ids: str) -> None:
    """Add `ids` to each line that this process writes from now on."""
    structlog.contextvars.bind_contextvars(**ids)


def writes_json() -> bool:
    """Say whether log lines are JSON now; then nothing else should be written to their stream."""
    return isinstance(structlog.get_config()["processors"][-1], structlog.processors.JSONRenderer)


def tells_info() -> bool:
    """Say whether lines at `info` are written, so that the same need not be printed in another way."""
    return get_logger("postroom").is_enabled_for(logging.INFO)


def tell_moves(room: str, before: Mapping[str, str | None], after: Mapping[str, str | None], **whose: str) -> None:
    """Log each URL, by its name, that now has another host, because stored secrets are sent there from now on."""
    for name, url in after.items():
        old, new = host_of(before.get(name)), host_of(url)
        if new and old and new != old:
            get_logger(room).info("secrets go elsewhere", **whose, field=name, before=old, after=new)


def get_logger(room: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of one room, e.g. `supervisor`."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(room=room))
