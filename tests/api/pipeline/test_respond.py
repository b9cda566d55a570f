"""Answers that no cache keeps."""

from __future__ import annotations

from postroom.api.pipeline.respond import answer


def test_an_answer_is_json_with_its_headers() -> None:
    response = answer({"ä": None}, 201, {"etag": '"7"'})
    assert (response.status_code, response.body) == (201, '{"ä":null}'.encode())
    assert response.headers["content-type"] == "application/json"
    assert (response.headers["cache-control"], response.headers["etag"]) == ("no-store", '"7"')
