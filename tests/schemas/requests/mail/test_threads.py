from __future__ import annotations

import pytest
from pydantic import ValidationError

from postroom.schemas.requests.mail.threads import ThreadsQuery


def test_the_inbox_is_listed_unless_another_folder_is_named() -> None:
    assert ThreadsQuery().path == "INBOX"
    assert ThreadsQuery.model_validate({"path": "\\Sent", "pageSize": "5"}).page_size == 5


@pytest.mark.parametrize(
    "query", [{"path": ""}, {"path": "\0"}, {"path": "a\nb"}, {"pageSize": 101}, {"page": -1}, {"folder": "INBOX"}]
)
def test_what_cannot_be_a_page_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ThreadsQuery.model_validate(query)
