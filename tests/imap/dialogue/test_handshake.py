"""Opening a session, as transcripts: each test is the conversation with one kind of server."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.events import Alert, ConnectionClosed
from postroom.imap.dialogue.handshake import HandshakeFailed, LoginPlan, Reason, SessionInfo
from postroom.imap.errors import RemoteProtocolError
from postroom.imap.states import SessionState
from postroom.words.strangers import WITHHELD
from tests.imap.conversation import Conversation

PASSWORD = Credentials("jane", "secret")
TOKEN = Credentials("jane@example.com", access_token="ya29.token", host="imap.example.com", port=993)
PLAIN_JANE = base64.b64encode(b"\0jane\0secret").decode()
XOAUTH2_JANE = base64.b64encode(b"user=jane@example.com\x01auth=Bearer ya29.token\x01\x01").decode()
BEARER_JANE = base64.b64encode(
    b"n,a=jane@example.com,\x01host=imap.example.com\x01port=993\x01auth=Bearer ya29.token\x01\x01"
).decode()


def over_tls(credentials: Credentials = PASSWORD, **plan: Any) -> LoginPlan:
    return LoginPlan(credentials, implicit_tls=True, **plan)


def in_the_clear(credentials: Credentials = PASSWORD, **plan: Any) -> LoginPlan:
    return LoginPlan(credentials, implicit_tls=False, **plan)


def refused(conversation: Conversation, script: str, plan: LoginPlan) -> HandshakeFailed:
    with pytest.raises(HandshakeFailed) as caught:
        conversation.play_handshake(script, plan)
    return caught.value


def test_plain_login_at_a_server_with_nothing(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK IMAP4 server ready
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: a1 OK done
        C: a2 LOGIN "jane" "secret"
        S: a2 OK welcome
        C: a3 CAPABILITY
        S: * CAPABILITY IMAP4rev1
        S: a3 OK done
        C: a4 LIST "" ""
        S: * LIST (\\Noselect) "." ""
        S: a4 OK done
        """,
        over_tls(),
    )
    assert info == SessionInfo(
        capabilities=frozenset({"IMAP4REV1"}),
        enabled=frozenset(),
        server_id=None,
        prefix="",
        delimiter=".",
        greeting="IMAP4 server ready",
        preauth=False,
        login="LOGIN",
    )
    assert conversation.connection.state is SessionState.AUTHENTICATED


def test_dovecot(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        f"""
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ STARTTLS AUTH=PLAIN] Dovecot ready.
        C: a1 STARTTLS
        S: a1 OK Begin TLS negotiation now.
        TLS
        C: a2 CAPABILITY
        S: * CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ AUTH=PLAIN
        S: a2 OK Pre-login capabilities listed, post-login capabilities have more.
        C: a3 AUTHENTICATE PLAIN {PLAIN_JANE}
        S: a3 OK [CAPABILITY IMAP4rev1 ID ENABLE IDLE NAMESPACE UIDPLUS CONDSTORE QRESYNC LITERAL+ NOTIFY] Logged in
        C: a4 ID ("name" "Postroom" "version" "1.0")
        S: * ID ("name" "Dovecot")
        S: a4 OK ID completed.
        C: a5 NAMESPACE
        S: * NAMESPACE (("INBOX." ".")) NIL NIL
        S: a5 OK Namespace completed.
        C: a6 ENABLE CONDSTORE QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: a6 OK Enabled.
        """,
        in_the_clear(client_id={"name": "Postroom", "version": "1.0"}, enable=("CONDSTORE", "QRESYNC", "UTF8=ACCEPT")),
    )
    assert info.server_id == {"name": "Dovecot"}
    assert (info.prefix, info.delimiter, info.login) == ("INBOX.", ".", "PLAIN")
    assert info.enabled == conversation.connection.enabled == {"CONDSTORE", "QRESYNC"}
    assert "NOTIFY" in info.capabilities
    assert "AUTH=PLAIN" not in info.capabilities


def test_auth_plain_without_sasl_ir(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        f"""
        S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
        C: a1 AUTHENTICATE PLAIN
        S: +
        C: {PLAIN_JANE}
        S: +
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK nothing
        """,
        over_tls(),
    )
    assert (info.login, info.delimiter) == ("PLAIN", None)


def test_a_question_after_plain_is_cancelled(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
        C: a1 AUTHENTICATE PLAIN AGphbmUAc2VjcmV0
        S: + V2hhdD8=
        C: *
        S: a1 BAD cancelled
        """,
        over_tls(),
    )
    assert (failure.phase, failure.reason, failure.challenge) == ("login", Reason.LOGIN_REFUSED, "What?")


def test_wrong_password(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" "secret"
        S: a1 NO [AUTHENTICATIONFAILED] Invalid credentials
        """,
        over_tls(),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.LOGIN_REFUSED)
    assert failure.response is not None
    assert failure.response.code is not None
    assert failure.response.code.name == "AUTHENTICATIONFAILED"
    assert str(failure) == "the server refused the login: Invalid credentials"


def test_gmail_alert(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        f"""
        S: * OK Gimap ready for requests from 192.0.2.1
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 ID XLIST AUTH=XOAUTH2 AUTH=PLAIN SASL-IR
        S: a1 OK Thats all she wrote!
        C: a2 AUTHENTICATE PLAIN {PLAIN_JANE}
        S: * NO [WEBALERT https://accounts.google.com/signin/continue?x=1] Web login required.
        S: a2 NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833
        """,
        over_tls(),
    )
    said = "Application-specific password required: https://support.google.com/accounts/answer/185833"
    assert failure.response is not None
    assert failure.response.text == said
    assert conversation.of(Alert) == [Alert(said)]


def test_starttls_refused(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
        C: a1 STARTTLS
        S: a1 NO no certificate today
        """,
        in_the_clear(),
    )
    assert (failure.phase, failure.reason) == ("starttls", Reason.TLS_REFUSED)


def test_no_login_in_the_clear_after_starttls_was_refused_not_even_where_plain_text_is_allowed(
    conversation: Conversation,
) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
        C: a1 STARTTLS
        S: a1 NO no certificate today
        """,
        in_the_clear(allow_plaintext=True),
    )
    assert (failure.phase, failure.reason) == ("starttls", Reason.TLS_REFUSED)


def test_starttls_not_offered_is_asked_for_again_before_it_fails(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
        S: a1 OK done
        """,
        in_the_clear(),
    )
    assert (failure.phase, failure.reason) == ("starttls", Reason.TLS_NOT_OFFERED)


def test_capabilities_of_before_tls_are_not_believed(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] hi
        C: a1 STARTTLS
        S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
        S: a1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] go
        TLS
        C: a2 CAPABILITY
        S: * CAPABILITY IMAP4rev1 LOGINDISABLED
        S: a2 OK done
        """,
        in_the_clear(),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.LOGIN_DISABLED)


def test_plain_text_injected_behind_starttls(conversation: Conversation) -> None:
    with pytest.raises(RemoteProtocolError, match="plain text"):
        conversation.play_handshake(
            """
            S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
            C: a1 STARTTLS
            S: a1 OK go
            S: * CAPABILITY IMAP4rev1 AUTH=PLAIN
            """,
            in_the_clear(),
        )


def test_preauth(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * PREAUTH [CAPABILITY IMAP4rev1 NAMESPACE] jane, you are in
        C: a1 NAMESPACE
        S: * NAMESPACE NIL NIL NIL
        S: a1 OK done
        C: a2 LIST "" ""
        S: * LIST (\\Noselect) "/" ""
        S: a2 OK done
        """,
        over_tls(),
    )
    assert (info.preauth, info.login, info.prefix, info.delimiter) == (True, None, "", "/")


def test_preauth_before_tls_is_refused(conversation: Conversation) -> None:
    failure = refused(conversation, "S: * PREAUTH [CAPABILITY IMAP4rev1] in", in_the_clear())
    assert (failure.phase, failure.reason) == ("greeting", Reason.PREAUTH_WITHOUT_TLS)


def test_login_disabled(conversation: Conversation) -> None:
    failure = refused(conversation, "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi", over_tls())
    assert (failure.phase, failure.reason, failure.response) == ("login", Reason.LOGIN_DISABLED, None)


def test_oauthbearer_refused_with_an_explanation(conversation: Conversation) -> None:
    explanation = '{"status":"invalid_token","scope":"https://mail.google.com/"}'
    challenge = base64.b64encode(explanation.encode()).decode()
    failure = refused(
        conversation,
        f"""
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=OAUTHBEARER AUTH=XOAUTH2 AUTH=PLAIN] hi
        C: a1 AUTHENTICATE OAUTHBEARER {BEARER_JANE}
        S: + {challenge}
        C: AQ==
        S: a1 NO SASL authentication failed
        """,
        over_tls(TOKEN),
    )
    assert (failure.phase, failure.challenge) == ("login", explanation)


def test_xoauth2_refused_with_an_explanation(conversation: Conversation) -> None:
    challenge = base64.b64encode(b'{"status":"400"}').decode()
    failure = refused(
        conversation,
        f"""
        S: * OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] hi
        C: a1 AUTHENTICATE XOAUTH2
        S: +
        C: {XOAUTH2_JANE}
        S: + {challenge}
        C:
        S: a1 NO AUTHENTICATE failed.
        """.replace("C:\n", "C: \n"),
        over_tls(TOKEN),
    )
    assert failure.challenge == '{"status":"400"}'


def test_a_token_has_no_other_way_in(conversation: Conversation) -> None:
    failure = refused(conversation, "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi", over_tls(TOKEN))
    assert failure.reason is Reason.NO_MECHANISM


def test_a_password_that_is_not_ascii_goes_by_sasl(conversation: Conversation) -> None:
    umlaut = Credentials("jörg", 'p"\\ß')
    message = base64.b64encode('\0jörg\0p"\\ß'.encode()).decode()
    info = conversation.play_handshake(
        f"""
        S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hi
        C: a1 AUTHENTICATE PLAIN {message}
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(umlaut),
    )
    assert info.login == "PLAIN"


def test_a_password_that_is_not_ascii_goes_by_login_in_literals(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN {5}
        S: + go on
        C: jörg {4}
        S: + go on
        C: p"ß
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(Credentials("jörg", 'p"ß')),
    )
    assert info.login == "LOGIN"


@pytest.mark.parametrize("offered", ["LITERAL+", "LITERAL-"])
def test_literals_of_a_login_wait_for_nothing_where_they_need_not(conversation: Conversation, offered: str) -> None:
    info = conversation.play_handshake(
        f"""
        S: * OK [CAPABILITY IMAP4rev1 {offered}] hi
        C: a1 LOGIN "jane" {{3+}}
        C: aß
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(Credentials("jane", "aß")),
    )
    assert info.login == "LOGIN"


def test_a_login_whose_literal_is_refused_is_refused(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" {3}
        S: a1 NO [AUTHENTICATIONFAILED] no literals here
        """,
        over_tls(Credentials("jane", "aß")),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.LOGIN_REFUSED)


def test_where_login_is_disabled_nothing_carries_such_a_password(conversation: Conversation) -> None:
    said = "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi"
    assert refused(conversation, said, over_tls(Credentials("jane", "aß"))).reason is Reason.LOGIN_DISABLED


def test_an_avoided_mechanism_is_not_used(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
        C: a1 LOGIN "jane@example.com" "se\\"cret"
        S: a1 OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE] in
        C: a2 LIST "" ""
        S: a2 OK none
        C: a3 ENABLE CONDSTORE
        S: a3 OK but nothing is told to be enabled
        """,
        over_tls(
            Credentials("jane@example.com", 'se"cret'),
            avoid=frozenset({"AUTH=PLAIN", "QRESYNC"}),
            enable=("QRESYNC", "CONDSTORE"),
        ),
    )
    assert info.enabled == frozenset()
    assert "QRESYNC" not in info.capabilities


def test_id_and_namespace_answered_bad_are_survived(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK [CAPABILITY IMAP4rev1 ID NAMESPACE] hi
        C: a1 LOGIN "jane" "secret"
        S: a1 OK in
        C: a2 CAPABILITY
        S: * CAPABILITY IMAP4rev1 ID NAMESPACE ENABLE CONDSTORE
        S: a2 OK done
        C: a3 ID NIL
        S: a3 BAD what?
        C: a4 NAMESPACE
        S: a4 BAD what?
        C: a5 LIST "" ""
        S: a5 NO not now
        C: a6 ENABLE CONDSTORE
        S: a6 BAD what?
        """,
        over_tls(enable=("CONDSTORE",)),
    )
    assert (info.server_id, info.prefix, info.delimiter, info.enabled) == (None, "", None, frozenset())


def test_capabilities_told_during_login_save_the_question(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK [CAPABILITY IMAP4rev1 AUTH=LOGIN] hi
        C: a1 LOGIN "jane" "secret"
        S: * CAPABILITY IMAP4rev1 IDLE
        S: a1 OK in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(),
    )
    assert info.capabilities == conversation.connection.capabilities == {"IMAP4REV1", "IDLE"}


def test_bye_at_greeting(conversation: Conversation) -> None:
    failure = refused(conversation, "S: * BYE [UNAVAILABLE] Too many connections", over_tls())
    assert (failure.phase, failure.reason) == ("greeting", Reason.SERVER_LEFT)
    assert failure.response is not None
    assert failure.response.text == "Too many connections"


def test_stream_ends_before_the_greeting(conversation: Conversation) -> None:
    failure = refused(conversation, "EOF", over_tls())
    assert (failure.phase, failure.reason, failure.response) == ("greeting", Reason.SERVER_LEFT, None)


def test_bye_during_login(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" "secret"
        S: * BYE Request is throttled. Suggested Backoff Time: 299961 milliseconds
        S: * BYE again
        EOF
        """,
        over_tls(),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.SERVER_LEFT)
    assert failure.response is not None
    assert failure.response.status == "BYE"
    assert "Suggested Backoff Time: 299961" in failure.response.text
    assert conversation.of(ConnectionClosed) == [ConnectionClosed(clean=True)]


def test_stream_cut_during_login(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" "secret"
        S: Server Unavailable. 15
        EOF
        """,
        over_tls(),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.SERVER_LEFT)
    assert failure.response is not None
    assert failure.response.text == "Server Unavailable. 15"


@pytest.mark.parametrize("capability", ["", " NAMESPACE"])
def test_exchange_logs_in_and_then_is_not_connected(conversation: Conversation, capability: str) -> None:
    command = "NAMESPACE" if capability else 'LIST "" ""'
    failure = refused(
        conversation,
        f"""
        S: * OK [CAPABILITY IMAP4 IMAP4rev1 AUTH=XOAUTH2 SASL-IR] The Microsoft Exchange IMAP4 service is ready.
        C: a1 AUTHENTICATE XOAUTH2 {XOAUTH2_JANE}
        S: a1 OK [CAPABILITY IMAP4 IMAP4rev1{capability}] AUTHENTICATE completed.
        C: a2 {command}
        S: a2 BAD User is authenticated but not connected.
        """,
        over_tls(TOKEN),
    )
    assert (failure.phase, failure.reason) == ("login", Reason.NOT_CONNECTED)


def test_the_server_repeats_the_password(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" "secret"
        S: a1 BAD cannot parse: LOGIN "jane" "secret"
        """,
        over_tls(),
    )
    assert "secret" in str(failure)
    known = HandshakeFailed(failure.phase, failure.reason, failure.response, secrets=over_tls().credentials.secrets)
    assert str(known) == f"the server refused the login: {WITHHELD}"
    assert all("secret" not in repr(each) for each in (failure, known, failure.__cause__))


def test_a_shared_mailbox_of_exchange_logs_in_by_login(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        r"""
        S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi
        C: a1 LOGIN "jane@example.com\\shared" "secret"
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(Credentials("jane@example.com\\shared", "secret")),
    )
    assert info.login == "LOGIN"


def test_sasl_login_where_nothing_else_is_left(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        """
        S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=LOGIN] hi
        C: a1 AUTHENTICATE LOGIN
        S: + VXNlciBOYW1lAA==
        C: amFuZQ==
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: a1 OK [CAPABILITY IMAP4rev1] in
        C: a2 LIST "" ""
        S: a2 OK none
        """,
        over_tls(),
    )
    assert info.login == "LOGIN"


def test_bye_instead_of_starttls(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1 STARTTLS] hi
        C: a1 STARTTLS
        S: * BYE no more
        """,
        in_the_clear(allow_plaintext=True),
    )
    assert (failure.phase, failure.reason) == ("starttls", Reason.SERVER_LEFT)


def test_bye_after_login(conversation: Conversation) -> None:
    failure = refused(
        conversation,
        """
        S: * OK [CAPABILITY IMAP4rev1] hi
        C: a1 LOGIN "jane" "secret"
        S: a1 OK [CAPABILITY IMAP4rev1 NAMESPACE] in
        C: a2 NAMESPACE
        S: * BYE [UNAVAILABLE] the mail store is away
        """,
        over_tls(),
    )
    assert (failure.phase, failure.reason) == ("setup", Reason.SERVER_LEFT)
    assert failure.response is not None
    assert failure.response.code is not None
    assert failure.response.code.name == "UNAVAILABLE"


def test_a_server_without_any_capabilities_gets_the_usual_token_login(conversation: Conversation) -> None:
    info = conversation.play_handshake(
        f"""
        S: * OK hi
        C: a1 CAPABILITY
        S: a1 BAD what?
        C: a2 AUTHENTICATE XOAUTH2
        S: +
        C: {XOAUTH2_JANE}
        S: a2 OK in
        C: a3 CAPABILITY
        S: a3 BAD what?
        C: a4 LIST "" ""
        S: a4 OK none
        """,
        over_tls(TOKEN),
    )
    assert (info.login, info.capabilities) == ("XOAUTH2", frozenset())
