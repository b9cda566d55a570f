"""Answers for people: JSON has colours, texts are escaped, files are told by type and size, large ones are cut."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from postroom.web.dashboard.reference.answer_shown import CallAnswer, in_octets, shown_answer


def told(body: bytes, kind: str = "application/json", *, status: int = 200, cut: bool = False) -> CallAnswer:
    return CallAnswer(status, [("content-type", kind)], body, None if cut else len(body), cut)


def test_json_is_laid_out_and_coloured() -> None:
    found = shown_answer(told(b'{"a":"<b>","n":1}'))
    assert isinstance(found.text, Markup)
    assert '<span class="key">&#34;a&#34;</span>: <span class="text">&#34;&lt;b&gt;&#34;</span>' in found.text
    assert '<span class="value">1</span>' in found.text
    assert (found.phrase, found.tone, found.remark) == ("OK", "ok", "")


def test_other_text_is_no_markup() -> None:
    found = shown_answer(told(b"<script>", "text/html; charset=utf-8", status=404))
    assert not isinstance(found.text, Markup)
    assert (found.text, found.tone, found.phrase) == ("<script>", "bad", "Not Found")


def test_what_says_that_it_is_json_and_is_none_is_shown_as_it_is() -> None:
    assert "{broken" in str(shown_answer(told(b"{broken")).text)


def test_a_cut_answer_says_so() -> None:
    found = shown_answer(told(b'{"a": "' + b"x" * 5000, cut=True))
    assert "Only the first 4.9 KiB" in found.remark
    assert not isinstance(found.text, Markup)


@pytest.mark.parametrize("cut", [True, False])
def test_a_file_is_told_by_type_and_size(cut: bool) -> None:
    found = shown_answer(told(b"\x00" * 2048, "application/pdf", cut=cut))
    assert found.text == ""
    assert f"application/pdf, {'more than ' if cut else ''}2.0 KiB" in found.remark


def test_no_body() -> None:
    assert shown_answer(told(b"", status=204)).remark == "The answer has no body."
    assert shown_answer(CallAnswer(599, [], b"", 0)).phrase == ""


def test_sizes() -> None:
    assert [in_octets(number) for number in (1, 1024, 3 * 1024 * 1024)] == ["1 bytes", "1.0 KiB", "3.0 MiB"]
