"""The document for the frame."""

from __future__ import annotations

from postroom.mail.html.safe import safe_html
from postroom.web.dashboard.mail.frame import NOTHING, framed_document
from tests.web.dashboard.mail.hostile import hostile_html

LISTENER = "http://127.0.0.1:9"


def test_hostile_html_is_taken_apart_before_it_is_framed() -> None:
    text = framed_document(safe_html(hostile_html(LISTENER), {}, remote_images="drop"))
    for dangerous in ("<script", "<form", "<base", "http-equiv=", "onerror", "<svg", "javascript:", "position:fixed"):
        assert dangerous not in text
    assert f' src="{LISTENER}' not in text
    assert f"url({LISTENER}" not in text
    assert 'rel="noopener noreferrer nofollow"' in text
    assert 'target="_blank"' in text


def test_the_document_is_about_nothing_else() -> None:
    assert "<p>Hello</p></body>" in framed_document("<p>Hello</p>")
    assert NOTHING in framed_document("")
