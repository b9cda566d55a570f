"""Templates: all of them can be shown in every language, and none has anything that a strict policy forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postroom.web import sign_in
from postroom.web.sign_in.languages import languages
from postroom.web.sign_in.pages import Look, render

TEMPLATES = sorted((Path(sign_in.__file__).parent / "templates").glob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_scripts_styles_or_words_of_its_own(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    # One file of ours, the same on every page; nothing that stands in a page is ever run.
    source = source.replace('<script src="{{ script }}" defer></script>', "")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe", source)
    # What people read comes from the catalogue.
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", source, flags=re.DOTALL)
    assert set(text.split()) <= {"·", "SSL/TLS", "STARTTLS"}


@pytest.mark.parametrize("code", sorted(languages()))
def test_a_notice_in_every_language(code: str) -> None:
    response = render("notice.html", Look("Ada", None, languages()[code]), {"notice": "too_many"}, status=429)
    assert response.status_code == 429
    assert f'<html lang="{code}">'.encode() in response.body
