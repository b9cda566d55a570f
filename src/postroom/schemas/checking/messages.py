"""The rules over several fields of a message: a whole message beside its fields, files, recipients. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

__all__ = ["submission_problems", "upload_problems"]

Problems: TypeAlias = list[tuple[str, str]]
"""Problems as pairs of field and message."""

_BESIDE_UPLOAD: Final = frozenset({"path", "flags", "internalDate", "raw", "locale", "tz"})
_IN_THE_MESSAGE: Final = ("text", "html", "previewText", "attachments")
_FROM_THE_ORIGINAL: Final = ("inline", "forwardAttachments")
_NO_RECIPIENT: Final = (
    '"to" is required: name recipients in "to", "cc", "bcc" or "envelope.to", or a "reference" to reply to'
)


def upload_problems(body: Mapping[str, Any]) -> Problems:
    """Return what is wrong with a message for a folder."""
    beside = []
    if body.get("raw") is not None:
        beside = [name for name, value in body.items() if name not in _BESIDE_UPLOAD and value not in (None, [], {})]
    return [*_files(body), *((name, f'"{name}" cannot go with "raw"') for name in beside)]


def submission_problems(body: Mapping[str, Any]) -> Problems:
    """Return what is wrong with a message to send."""
    found = [*_files(body)]
    if body.get("raw") is not None:
        found += [(name, f'"{name}" cannot go with "raw"') for name in _IN_THE_MESSAGE if body.get(name)]
        reference = body.get("reference") or {}
        taken = [name for name in _FROM_THE_ORIGINAL if reference.get(name)]
        found += [(f"reference.{name}", f'"reference.{name}" cannot go with "raw"') for name in taken]
    elif not _names_recipients(body):
        found.append(("to", _NO_RECIPIENT))
    if body.get("previewText") and not body.get("html") and body.get("raw") is None:
        found.append(("previewText", '"previewText" needs "html": it is hidden in the HTML'))
    return found


def _files(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place, file in enumerate(body.get("attachments") or ()):
        if (file.get("content") is None) is (file.get("reference") is None):
            yield f"attachments.{place}.content", 'send either "content" or "reference"'


def _names_recipients(body: Mapping[str, Any]) -> bool:
    envelope, reference = body.get("envelope") or {}, body.get("reference")
    if any(body.get(name) for name in ("to", "cc", "bcc")) or envelope.get("to"):
        return True
    return reference is not None and reference.get("action", "reply") != "forward"
