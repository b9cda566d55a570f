"""Lines as they are stored: JSON that begins with its time, in pieces that are full at some size."""

from __future__ import annotations

import json

from postroom.connections.transcripts.tap import SpokenLine
from postroom.protocol_logs.pieces import LARGEST, MOST_LINES, begun, in_order, longer, written
from postroom.words.strangers import Words


def line(at: int, text: str = "hello") -> str:
    return written(SpokenLine("a1", at, "imap", "imap-1", "received", Words(text)), "n1")


def test_a_line_is_an_object_that_begins_with_its_time() -> None:
    made = line(1_700_000_000_123, 'say "hi"\\ é')
    assert made.startswith('{"time":"2023-11-14T22:13:20.123Z",')
    assert json.loads(made) == {
        "time": "2023-11-14T22:13:20.123Z",
        "node": "n1",
        "session": "imap-1",
        "protocol": "imap",
        "kind": "received",
        "text": 'say "hi"\\ é',
    }


def test_lines_of_several_processes_are_put_in_order_and_those_of_one_moment_stay_as_they_are() -> None:
    first = longer(begun(1000, "x"), [line(1000, "a"), line(1000, "b"), line(3000, "d")], 3000)
    second = longer(begun(2000, "y"), [line(2000, "c")], 2000)
    told = [json.loads(each)["text"] for each in in_order([first.body, second.body, ""])]
    assert told == ["a", "b", "c", "d"]


def test_a_piece_grows_until_it_is_full() -> None:
    piece = longer(begun(1000, "x"), ["é"], 2000)
    assert (piece.lines, piece.octets, piece.until, piece.is_full) == (("é",), 3, 2000, False)
    assert longer(piece, ["b"], 1500).until == 2000
    assert longer(piece, ["b"] * (MOST_LINES - 1), 2000).is_full
    assert longer(piece, ["b" * LARGEST], 2000).is_full


def test_ids_sort_by_time() -> None:
    assert begun(999, "z").id < begun(1_700_000_000_000, "a").id < begun(99_999_999_999_999, "a").id
