"""Lists of the site are those of GitHub."""

from __future__ import annotations

import pytest
from markdown import markdown

from manual.lists import indented


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("1. a\n\n   ```sh\n   - x\n   ```\n\n2. b\n", "1. a\n\n    ```sh\n    - x\n    ```\n\n2. b\n"),
        ("- a\n  - b\n    - c\n  - d\n- e\n", "- a\n    - b\n        - c\n    - d\n- e\n"),
        ("- a\n  more\n\n  - b\n\nText\n", "- a\n    more\n\n    - b\n\nText\n"),
        ("1. a\n\n   Text\n2. b\n3. c\n", "1. a\n\n    Text\n\n2. b\n3. c\n"),
        ("Text:\n- a\n- b\n", "Text:\n\n- a\n- b\n"),
        ("```\n- a\n  - b\n```\n", "```\n- a\n  - b\n```\n"),
        ("No list\n  at all\n", "No list\n  at all\n"),
    ],
)
def test_what_is_in_an_item_is_four_spaces_in(page: str, shown: str) -> None:
    assert indented(page) == shown


def test_a_numbered_list_with_code_is_one_list() -> None:
    page = "1. a\n\n   Text\n\n2. b\n   - c\n"
    assert markdown(page).count("<ol>") == 2
    assert markdown(indented(page)).count("<ol>") == 1
    assert markdown(indented(page)).count("<ul>") == 1
