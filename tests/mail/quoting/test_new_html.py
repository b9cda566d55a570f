"""The fragments of HTML that belong to the quote and to the signature."""

from __future__ import annotations

from postroom.mail.quoting.new_html import split_elements


def test_without_a_mark_there_is_nothing_to_split() -> None:
    assert split_elements("<p>Hello</p>") is None


def test_html_of_any_size_is_split() -> None:
    news = "<p>Item <b>one</b> <a href='https://example.com/'>link</a></p>" * 20_000
    quote = '<blockquote type="cite">' + "<p>old</p>" * 20_000 + "</blockquote>"
    found = split_elements(news + quote + '<div class="gmail_signature">Ann</div>')
    assert found is not None
    assert (found[0].count("<p>"), found[1], found[2]) == (20_000, quote, '<div class="gmail_signature">Ann</div>')


def test_marks_behind_what_is_too_deep_are_not_seen() -> None:
    quote = '<blockquote type="cite">old</blockquote>'
    assert split_elements("<div>" * 20_000 + quote) is None
    assert split_elements(quote + "<div>new" * 20_000) is not None


def test_a_mark_in_a_quote_belongs_to_the_quote() -> None:
    quote = '<div class="yahoo_quoted">Ann<div class="gmail_signature">A.</div></div>'
    assert split_elements(f"<style>p {{}}</style><p>Hi</p>{quote}") == ("<p>Hi</p>", quote, "")


def test_a_picture_is_text() -> None:
    assert split_elements('<img src="cid:1"><blockquote type="cite">x</blockquote>') == (
        '<img src="cid:1">',
        '<blockquote type="cite">x</blockquote>',
        "",
    )
