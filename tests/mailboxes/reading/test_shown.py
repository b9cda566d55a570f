"""The text of an answer, made of the texts of a message."""

from __future__ import annotations

import pytest

from postroom.mail.contents import Texts
from postroom.mail.shapes import TextObject
from postroom.mailboxes.reading.shown import cut, show
from postroom.mailboxes.reading.wishes import TextWish

BOTH = Texts({"plain": "words", "html": "<p>words</p>"}, is_cut=False)
PLAIN = Texts({"plain": "a < b"}, is_cut=False)
HTML = Texts({"html": "<p>a &lt; b</p><script>x</script>"}, is_cut=False)


@pytest.mark.parametrize(
    ("wish", "shown"),
    [
        (TextWish("plain"), {"plain": "words", "hasMore": False}),
        (TextWish("html"), {"html": "<p>words</p>", "hasMore": False}),
        (TextWish("*"), {"plain": "words", "html": "<p>words</p>", "hasMore": False}),
    ],
)
def test_the_kinds_that_are_wanted(wish: TextWish, shown: TextObject) -> None:
    assert show(BOTH, wish, {}) == shown


def test_plain_text_is_made_of_html() -> None:
    assert show(HTML, TextWish("plain"), {})["plain"].strip() == "a < b"
    for blank in ("", " \n\u00a0\n"):
        texts = Texts({"plain": blank, "html": "<p>x</p>"}, is_cut=False)
        assert show(texts, TextWish("plain"), {})["plain"] == "x"
        assert show(texts, TextWish("*"), {}) == {"plain": "x", "html": "<p>x</p>", "hasMore": False}
    assert show(Texts({"plain": " "}, is_cut=False), TextWish("plain"), {})["plain"] == " "


def test_html_is_made_of_plain_text_if_it_is_to_be_safe() -> None:
    assert "html" not in show(PLAIN, TextWish("*"), {})
    shown = show(PLAIN, TextWish("*", is_safe=True), {})
    assert "a &lt; b" in shown["html"]
    assert shown["webSafe"] is True


def test_safe_html_has_no_script() -> None:
    shown = show(HTML, TextWish("html", is_safe=True), {})
    assert "script" not in shown["html"]
    assert "a &lt; b" in shown["html"]
    assert show(HTML, TextWish("html"), {}) == {"html": HTML.by_kind["html"], "hasMore": False}


def test_a_message_without_text() -> None:
    assert show(Texts({}, is_cut=False), TextWish("*", is_safe=True), {}) == {"hasMore": False}


@pytest.mark.parametrize("is_safe", [True, False])
def test_images_are_embedded(is_safe: bool) -> None:
    texts = Texts({"html": '<p><img src="cid:a@x"></p>'}, is_cut=False)
    url = "data:image/png;base64,iVBORw0KGgo="
    assert url in show(texts, TextWish("html", embeds_images=True, is_safe=is_safe), {"a@x": url})["html"]


def test_images_on_the_web_are_dropped_if_the_operator_says_so() -> None:
    texts = Texts({"html": '<p>words<img src="https://track.example.com/1.png"></p>'}, is_cut=False)
    assert ' src="https://track.example.com' in show(texts, TextWish("html", is_safe=True), {})["html"]
    assert " src=" not in show(texts, TextWish("html", is_safe=True, remote_images="drop"), {})["html"]


# New text


def test_what_the_sender_wrote() -> None:
    reply = "It is paid.\n\nOn Monday, Bob <bob@example.com> wrote:\n> Please pay.\n> Bob\n"
    shown = show(Texts({"plain": reply}, is_cut=False), TextWish("new"), {})
    assert shown["new"].strip() == "It is paid."
    assert "Please pay." in shown["quoted"]
    assert shown["signature"] == ""
    assert "plain" not in shown


def test_without_plain_text_the_html_is_split() -> None:
    html = '<div>It is paid.</div><blockquote type="cite">Please pay.</blockquote>'
    for texts in ({"html": html}, {"plain": " \n", "html": html}):
        shown = show(Texts(texts, is_cut=False), TextWish("new"), {})
        assert shown["new"].strip() == "It is paid."
        assert "Please pay." in shown["quoted"]


# Cutting


@pytest.mark.parametrize(
    ("most", "text", "is_cut"),
    [(None, "aé€😀", False), (10, "aé€😀", False), (9, "aé€", True), (5, "aé", True), (2, "a", True)],
)
def test_a_text_is_cut_between_two_characters(most: int | None, text: str, is_cut: bool) -> None:
    assert cut("aé€😀", most) == (text, is_cut)


def test_each_text_is_cut_and_the_answer_says_so() -> None:
    assert show(BOTH, TextWish("*", 5), {}) == {"plain": "words", "html": "<p>wo", "hasMore": True}
    assert show(BOTH, TextWish("plain", 5), {}) == {"plain": "words", "hasMore": False}
    assert show(Texts({"plain": "x"}, is_cut=True), TextWish("plain", 5), {})["hasMore"] is True
    assert show(Texts({"plain": "one\n> two\n"}, is_cut=False), TextWish("new", 2), {})["hasMore"] is True


def test_safe_html_that_is_cut_is_still_whole() -> None:
    texts = Texts({"html": '<p>words</p><a href="https://example.com/">link</a>'}, is_cut=False)
    shown = show(texts, TextWish("html", 24, is_safe=True), {})
    assert shown["html"].count("<") == shown["html"].count(">")
    assert shown["hasMore"] is True
