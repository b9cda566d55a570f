"""NAMESPACE, told or not."""

from __future__ import annotations

from postroom.imap.commands.namespace import NamespaceCommand
from tests.imap.conversation import Conversation


def test_namespace(conversation: Conversation) -> None:
    conversation.authenticated().play(
        """
        C: a1 NAMESPACE
        S: * NAMESPACE (("" "/")) (("~" "/")) NIL
        S: a1 OK done
        C: a2 NAMESPACE
        S: a2 OK done
        """,
        NamespaceCommand(),
        NamespaceCommand(),
    )
    told, nothing = conversation.results()
    assert (told.personal[0].delimiter, told.other[0].prefix, told.shared) == ("/", "~", ())
    assert nothing is None
