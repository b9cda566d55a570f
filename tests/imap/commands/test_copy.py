"""UID COPY and COPYUID."""

from __future__ import annotations

from postroom.imap.commands.copy import Copied, Copy
from postroom.imap.sets import UidSet
from tests.imap.conversation import Conversation


def test_copy(conversation: Conversation) -> None:
    """RFC 4315 section 3."""
    conversation.opened("UIDPLUS").play(
        """
        C: a2 UID COPY 304,319:320 &ZeVnLIqe-
        S: a2 OK [COPYUID 38505 304,319:320 3956:3958] Done
        C: a3 UID COPY 304 Work
        S: a3 OK Done
        C: a4 UID COPY 304 Work
        S: a4 OK [COPYUID 38505] Done
        """,
        Copy(UidSet.from_string("304,319:320"), "日本語"),
        Copy(UidSet([(304, 304)]), "Work"),
        Copy(UidSet([(304, 304)]), "Work"),
    )
    told = Copied(38505, UidSet.from_string("304,319:320"), UidSet([(3956, 3958)]))
    assert conversation.results() == [told, None, None]
