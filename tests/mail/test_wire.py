"""The message object goes out as it always did: its JSON, octet for octet, of messages as real servers tell them.

`expected/messages.json` holds what servers answered to FETCH, and the JSON that was announced when it was recorded.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from postroom.imap.responses import FetchData
from postroom.mail.contents import Wanted, fill, headers
from postroom.mail.message import message_object
from tests.imap.reading import read_one

WANTED: Final = {
    "usual": Wanted(text=True, text_size=2_097_152, headers=(), attachments=False, attachment_size=0),
    "everything": Wanted(text=True, text_size=40, headers=("*",), attachments=True, attachment_size=1000),
    "some headers": Wanted(
        text=False, text_size=40, headers=("X-Own", "subject"), attachments=False, attachment_size=0
    ),
}
RECORDED: Final = orjson.loads((Path(__file__).parent / "expected" / "messages.json").read_bytes())


def answer(text: str) -> FetchData:
    response = read_one(base64.b64decode(text))
    assert isinstance(response, FetchData)
    return response


@pytest.mark.parametrize("wanted", WANTED)
def test_messages_go_out_as_they_always_did(wanted: str) -> None:
    recorded: list[dict[str, Any]] = [each for each in RECORDED if each["wanted"] == wanted]
    assert len(recorded) > 5
    for each in recorded:
        data = answer(each["answer"])
        told = answer(each["sections"]).sections if each["sections"] else {}
        message = message_object(3, "Büro/INBOX", data, headers=headers(data, WANTED[wanted]))
        fill(message, data, told, WANTED[wanted])
        assert orjson.dumps(message).decode() == each["expected"], each["kind"]
