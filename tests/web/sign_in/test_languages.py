"""The catalogues have the same keys, and a page speaks the language its reader wants."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from postroom import web
from postroom.onboarding.consent.service import ConsentCause
from postroom.web.sign_in.causes import CAUSES
from postroom.web.sign_in.languages import DEFAULT, choose, language, languages

CODES = sorted(languages())


def blanks(text: str) -> set[str]:
    """The values that a text wants."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_more_than_one() -> None:
    assert {"en", "de"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_catalogue_has_the_same_keys_with_the_same_values(code: str) -> None:
    wanted, here = language(DEFAULT).texts, language(code).texts
    assert {key: blanks(text) for key, text in here.items()} == {key: blanks(text) for key, text in wanted.items()}
    assert [key for key, text in here.items() if not text.strip()] == []


@pytest.mark.parametrize("code", [code for code in CODES if code != DEFAULT])
def test_nothing_was_left_untranslated(code: str) -> None:
    english, same_in_both = language(DEFAULT).texts, {"form.port", "form.host", "form.optional"}
    alike = {key for key, text in language(code).texts.items() if text == english[key]}
    assert alike <= same_in_both


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    here = Path(web.__file__).parent
    files = [*here.rglob("*.html"), *here.rglob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    quoted = set(re.findall(r"""["']([a-z_.]+)["']""", source))
    texts = set(language(DEFAULT).texts)
    # Put together where they are used: the texts of a cause, and those of a notice.
    made = {f"{part}.{cause}" for part in ("cause", "cure") for cause in CAUSES}
    made |= {f"consent.{cause}" for cause in get_args(ConsentCause)}
    made |= {f"notice.{name}.{part}" for name in quoted for part in ("title", "text")} & texts
    parts = {key.partition(".")[0] for key in texts}
    named = {name for name in quoted if re.fullmatch(r"[a-z]+\.[a-z_]+", name) and name.partition(".")[0] in parts}
    assert {name for name in named if not name.endswith(".html")} | made == texts


@pytest.mark.parametrize(
    ("account", "accepted", "usual", "code"),
    [
        (None, "", None, "en"),
        (None, "de", None, "de"),
        (None, "de-AT, en;q=0.8", None, "de"),
        (None, "en;q=0.2, de;q=0.9", None, "de"),
        (None, "de;q=0, en", None, "en"),
        (None, "xx, *;q=0.1", "de", "de"),
        (None, ";;;q=x, ,de;q=nonsense", None, "en"),
        (None, "en", "de", "en"),
        ("de", "en", None, "de"),
        ("de_AT", "en", None, "de"),
        ("xx", "de", None, "de"),
    ],
)
def test_whose_wish_counts(account: str | None, accepted: str, usual: str | None, code: str) -> None:
    assert choose(account, accepted, usual).code == code


def test_values_are_made_safe() -> None:
    text = language("en").text("provider.continue", name="<b>{x}&\"'</b>")
    assert str(text) == "Continue with &lt;b&gt;{x}&amp;&#34;&#39;&lt;/b&gt;"
