"""ID, in a form the fussiest servers take."""

from __future__ import annotations

from postroom.imap.commands.identify import Id
from tests.imap.conversation import Conversation


def test_id(conversation: Conversation) -> None:
    conversation.authenticated("ID").play(
        """
        C: a1 ID ("name" "Postroom" "vendor" "Muller & Sohne GmbH" "os" NIL)
        S: * ID ("NAME" "Coremail" "version" NIL)
        S: a1 OK done
        C: a2 ID NIL
        S: * ID NIL
        S: a2 OK done
        C: a3 ID NIL
        S: a3 OK done
        """,
        Id({"name": "Postroom", "vendor": "Müller &\r\nSöhne GmbH", "os": None}),
        Id(),
        Id(),
    )
    assert conversation.results() == [{"name": "Coremail", "version": None}, None, None]
