"""Queries of lists."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from postroom.schemas.requests.mail.lists import MessagesQuery, SearchQuery


def test_harmless_parameters_of_older_clients_are_taken() -> None:
    query = MessagesQuery.model_validate(
        {"path": "INBOX", "documentStore": "true", "fields": ["uid,subject", "size"], "unseen": "1", "pageSize": "5"}
    )
    assert (query.fields, query.unseen, query.page_size) == (["uid", "subject", "size"], True, 5)


def test_a_list_needs_a_folder_and_a_search_does_not() -> None:
    assert SearchQuery.model_validate({"path": ""}).path is None
    for sent in ({}, {"path": "INBOX", "fields": "nope"}, {"path": "INBOX", "pageSize": "1001"}):
        with pytest.raises(ValidationError):
            MessagesQuery.model_validate(sent)
