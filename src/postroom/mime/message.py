"""The texts of a whole message, for servers whose description of its structure cannot be used."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from postroom.mime.text import decode_text

_DEEPEST = 50


def read_texts(raw: bytes) -> dict[str, str]:
    """Return the texts to read by kind, `plain` and `html`; parts of one kind are joined. Never fails."""
    found: dict[str, list[str]] = {}
    try:
        root = BytesParser(policy=compat32).parsebytes(raw)
    except (RecursionError, ValueError, LookupError):
        return {}
    waiting: list[tuple[int, Message]] = [(0, root)]
    while waiting:
        depth, part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822":
            continue
        if isinstance(payload, list):
            if depth < _DEEPEST:
                waiting.extend((depth + 1, each) for each in reversed(payload) if isinstance(each, Message))
        elif _is_text(part):
            octets, charset = part.get_payload(decode=True), part.get_param("charset")
            raw_text = octets if isinstance(octets, bytes) else b""
            text = decode_text(raw_text, None, charset if isinstance(charset, str) else None)
            found.setdefault(part.get_content_subtype(), []).append(text)
    return {kind: "\n".join(texts) for kind, texts in found.items()}


def _is_text(part: Message) -> bool:
    is_readable = part.get_content_maintype() == "text" and part.get_content_subtype() in ("plain", "html")
    return is_readable and part.get_content_disposition() != "attachment" and not part.get_filename()
