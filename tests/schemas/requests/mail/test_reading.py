"""The query strings of messages and texts."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from postroom.schemas.requests.mail.reading import MessageQuery, TextQuery


def test_without_parameters_no_text_is_read_and_nothing_changed() -> None:
    query = MessageQuery.model_validate({})
    assert (query.text_type, query.web_safe_html, query.mark_as_seen, query.max_bytes) == (None, False, False, None)
    assert TextQuery.model_validate({"textType": ""}).text_type == "*"


def test_what_forms_send() -> None:
    query = MessageQuery.model_validate(
        {"textType": "", "maxBytes": "", "markAsSeen": "true", "embedAttachedImages": "", "preProcessHtml": "0"}
    )
    assert (query.text_type, query.max_bytes, query.mark_as_seen) == (None, None, True)
    assert (query.embed_attached_images, query.pre_process_html) == (None, False)


@pytest.mark.parametrize("most", ["-1", "1073741825", "many"])
def test_a_size_within_its_limits(most: str) -> None:
    assert MessageQuery.model_validate({"maxBytes": "1073741824"}).max_bytes == 2**30
    with pytest.raises(ValidationError):
        MessageQuery.model_validate({"maxBytes": most})


def test_an_unknown_kind_of_text() -> None:
    with pytest.raises(ValidationError):
        TextQuery.model_validate({"textType": "markdown"})
