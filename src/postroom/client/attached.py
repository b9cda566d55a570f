"""What the headers of a download say: name, type, size. Pure.

The name comes from whoever wrote the mail. Only its last part is used, so it cannot lead to another folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import PurePath
from typing import Final
from urllib.parse import unquote

__all__ = ["Attached", "places_of"]

_EXTENDED: Final = re.compile(r"filename\*\s*=\s*UTF-8''([^\s;]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'filename\s*=\s*"([^"]*)"', re.IGNORECASE)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNNAMED: Final = "attachment"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is downloaded. `size` is in octets, None when it is known only at the end. `tag` is its ETag."""

    filename: str
    content_type: str
    size: int | None
    tag: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Attached:
        """Read the headers of an answer, whose names are in lower case."""
        length = headers.get("content-length", "")
        return cls(
            filename=_name(headers.get("content-disposition", "")),
            content_type=headers.get("content-type", "application/octet-stream"),
            size=int(length) if length.isdecimal() and "content-encoding" not in headers else None,
            tag=headers.get("etag", ""),
        )


def places_of(folder: PurePath, attached: Attached) -> Iterator[PurePath]:
    """Yield where a file may stand in a folder, in order: under its own name, then with a number in it."""
    name = PurePath(attached.filename)
    yield folder / name
    for number in count(2):
        yield folder / f"{name.stem}-{number}{name.suffix}"


def _name(disposition: str) -> str:
    """Return the file name of a `Content-Disposition` header (RFC 6266), without its folders."""
    extended, quoted = _EXTENDED.search(disposition), _QUOTED.search(disposition)
    told = unquote(extended[1]) if extended else quoted[1] if quoted else ""
    name = re.split(r"[/\\]", _CONTROLS.sub("", told))[-1].strip(" .")
    return name or _UNNAMED
