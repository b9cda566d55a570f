"""A text part as text for people: transfer encoding, charset and flowed lines are decoded. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from postroom.mail.mime.decoding import decode
from postroom.mail.mime.flowed import unflow
from postroom.mail.mime.html import charset_within
from postroom.mail.mime.transfer import decode_transfer


def read_text(
    raw: bytes, subtype: str, encoding: str | None, parameters: Mapping[str, str], *, cut: bool = False
) -> str:
    """Return the text of a part text/`subtype` with the `parameters` of its Content-Type. Never fails.

    Lines end in a line feed; NUL and half surrogate pairs are left out. `cut` means that `raw` is only the beginning.
    """
    octets = decode_transfer(raw, encoding, cut=cut)
    hint = charset_within if subtype == "html" else None
    text = _clean(decode(octets, parameters.get("charset"), hint, cut=cut))
    if subtype == "plain" and parameters.get("format", "").strip().lower() == "flowed":
        return unflow(text, delete_space=parameters.get("delsp", "").strip().lower() == "yes")
    return text


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text if text.isascii() else text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
