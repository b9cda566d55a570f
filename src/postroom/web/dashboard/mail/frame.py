"""The document with the HTML of a message, which its page shows in a frame. Pure.

Three walls stand between the words of a stranger and the dashboard, and each would do: the HTML is made safe, the
document's policy lets it load and run nothing, and the frame gives it an origin of its own.
"""

from __future__ import annotations

from typing import Final

__all__ = ["NOTHING", "framed_document"]

NOTHING: Final = "<p>The message has no text.</p>"

# The colours of mail are made for white paper, in dark pages too.
_STYLE: Final = (
    "body{margin:16px;background:#fff;color:#1c2024;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}"
    "img{max-width:100%;height:auto}pre{white-space:pre-wrap}table{max-width:100%}a{color:#1f57c3}"
    "blockquote{margin:0 0 0 4px;padding-left:12px;border-left:3px solid #c8cfd8}"
)


def framed_document(safe_html: str) -> str:
    """Return the document. `safe_html` is a fragment that was made safe (`mail/html/safe`)."""
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light"><meta name="referrer" content="no-referrer">'
        f"<title>Message</title><style>{_STYLE}</style></head>\n<body>{safe_html or NOTHING}</body></html>\n"
    )
