"""Paths of requests stay as they were sent, and paths of files change with the content."""

from __future__ import annotations

from postroom.http.paths import lasting_path, path_for, sent_path


def test_a_path_stays_encoded_and_loses_its_query() -> None:
    scope = {"path": "/v1/account/a/b", "raw_path": b"/v1/account/a%2Fb?page=1?"}
    assert sent_path(scope) == "/v1/account/a%2Fb"
    assert sent_path({"path": "/v1/accounts", "raw_path": b""}) == "/v1/accounts"
    assert sent_path({"path": "/ü", "raw_path": b"/\xfc"}) == "/\xfc"


def test_the_path_of_a_file_changes_with_its_content() -> None:
    one, same, other = (lasting_path("/a.css", content) for content in (b"a", b"a", b"b"))
    assert one == same == "/a.css?v=ca978112ca1b"
    assert other != one


def test_empty_parameters_are_left_out() -> None:
    assert path_for("/x", {"a": "", "b": "1&2"}) == "/x?b=1%262"
    assert path_for("/x", {"a": ""}) == "/x"
