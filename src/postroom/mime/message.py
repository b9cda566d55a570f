"""The texts of a whole message, for servers whose description of its structure cannot be used."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from postroom.mime.parameters import read_parameters
from postroom.mime.parts import read_type, words_of
from postroom.mime.text import read_text

_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One part; `raw` is the content of a leaf as it was transferred, `parts` are those of a multipart."""

    type: str
    subtype: str
    params: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    disposition: str | None = None
    filename: str | None = None
    raw: bytes = b""
    parts: tuple[MessagePart, ...] = ()


def read_texts(raw: bytes, *, cut: bool = False) -> dict[str, str]:
    """Return the texts to read by kind, `plain` and `html`; parts of one kind are joined. Never fails.

    `cut` says that `raw` is only the beginning of the message.
    """
    found: dict[str, list[str]] = {}
    for part in words_of(read_message(raw)):
        text = read_text(part.raw, part.subtype, part.encoding, part.params, cut=cut)
        found.setdefault(part.subtype, []).append(text)
    return {kind: "\n".join(texts) for kind, texts in found.items()}


def read_message(raw: bytes) -> MessagePart:
    """Return the tree of a message's parts; enclosed messages stay closed. Parts nested too deep are left out."""
    try:
        root = BytesParser(policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError):
        return MessagePart("application", "octet-stream")
    return _read_part(root, 0)


def _read_part(part: Message, depth: int) -> MessagePart:
    headers = _headers(part)
    kind, subtype, params = read_parameters(headers.get("content-type", part.get_default_type().encode()))
    kind, subtype = read_type(kind, subtype)
    disposition, _, described = read_parameters(headers.get("content-disposition", b""))
    payload = part.get_payload()
    if kind == "multipart" and not isinstance(payload, list):
        # Without its boundary it has no parts, only words.
        kind, subtype = "text", "plain"
    parts: tuple[MessagePart, ...] = ()
    if isinstance(payload, list) and kind == "multipart" and depth < _DEEPEST:
        parts = tuple(_read_part(each, depth + 1) for each in payload if isinstance(each, Message))
    return MessagePart(
        kind,
        subtype,
        params,
        headers.get("content-transfer-encoding", b"").decode("latin-1"),
        disposition or None,
        described.get("filename") or params.get("name") or None,
        _content(part) if kind == "text" else b"",
        parts,
    )


def _headers(part: Message) -> dict[str, bytes]:
    """The first header of each name, as it was written."""
    found: dict[str, bytes] = {}
    for name, value in part.raw_items():
        found.setdefault(name.lower(), str(value).encode("utf-8", "surrogateescape"))
    return found


def _content(part: Message) -> bytes:
    # The library's own decoding of transfer encodings is not wanted: it does nothing for one it does not know.
    del part["Content-Transfer-Encoding"]
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
