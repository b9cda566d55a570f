"""What people enter: every mistake is found and bound to its field, and the password is in nothing that is shown."""

from __future__ import annotations

import pytest

from postroom.onboarding.autoconfig.servers import UNKNOWN, Found, FoundServer
from postroom.onboarding.sign_in.entered import EnteredServer
from postroom.web.sign_in.forms import Entered, step_of

SERVERS = {"imap_host": "imap.example.com", "smtp_host": "smtp.example.com"}


@pytest.mark.parametrize(
    ("email", "problem"),
    [
        ("", "problem.email_missing"),
        ("  ", "problem.email_missing"),
        ("jo", "problem.email"),
        ("jo@", "problem.email"),
        ("@example.com", "problem.email"),
        ("jo@a@example.com", "problem.email"),
        ("j o@example.com", "problem.email"),
        ("jo\0@example.com", "problem.email"),
        ("jo@" + "x" * 300, "problem.email"),
        ("Jo<jo@example.com>", "problem.email"),
        ("mailto:jo@example.com", "problem.email"),
        ("jo@example.com;", "problem.email"),
        ("jo@example.com", None),
        (" jo@localhost ", None),
        ("jö@exämple.com", None),
    ],
)
def test_addresses(email: str, problem: str | None) -> None:
    assert Entered.of({"email": email}).address_problems().get("email") == problem


@pytest.mark.parametrize("host", ["imap://a", "two words", "a/b", "a:1", "user@host", "h?x"])
def test_what_is_more_than_a_host(host: str) -> None:
    entered = Entered.of({**SERVERS, "imap_host": host, "smtp_host": host})
    assert entered.server_problems() == {"imap_host": "problem.host_alone", "smtp_host": "problem.host_alone"}


@pytest.mark.parametrize("host", ["-x", "a\0b", "h" * 254, "a%eth0"])
def test_what_is_no_host(host: str) -> None:
    entered = Entered.of({**SERVERS, "imap_host": host, "smtp_host": host})
    assert entered.server_problems() == {"imap_host": "problem.host", "smtp_host": "problem.host"}


@pytest.mark.parametrize("host", ["a", "imap.example.com", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "exämple.com"])
def test_what_is_a_host(host: str) -> None:
    assert Entered.of({**SERVERS, "imap_host": host}).server_problems() == {}


@pytest.mark.parametrize("port", ["", "0", "65536", "x", "-1", "9 9", "٣", "²", "9" * 5000])
def test_what_is_no_port(port: str) -> None:
    entered = Entered.of({**SERVERS, "imap_port": port, "smtp_port": port})
    assert entered.server_problems() == {"imap_port": "problem.port", "smtp_port": "problem.port"}


def test_smtp_may_be_left_out_and_imap_may_not() -> None:
    entered = Entered.of({"imap_host": "", "smtp_host": "", "smtp_port": "x"})
    assert entered.server_problems() == {"imap_host": "problem.host_missing"}
    assert Entered.of({**SERVERS, "smtp_host": ""}).mailbox().smtp is None


@pytest.mark.parametrize(("password", "problem"), [("", "problem.password_missing"), ("a\nb", "problem.password")])
def test_passwords_that_cannot_be_sent(password: str, problem: str) -> None:
    assert Entered.of({"password": password}).password_problems() == {"password": problem}


def test_spaces_belong_to_a_password() -> None:
    assert Entered.of({"password": " a b "}).password == " a b "
    assert Entered.of({"password": " a b "}).password_problems() == {}


def test_long_and_odd_names() -> None:
    entered = Entered.of({**SERVERS, "email": "jo@example.com", "name": "x" * 257, "user": "a\rb"})
    assert entered.address_problems() == {"name": "problem.text"}
    assert entered.server_problems() == {"user": "problem.text"}
    assert Entered.of({"name": "\ud800", "email": "jo@example.com"}).address_problems() == {"name": "problem.text"}


def test_from_the_form_to_the_mailbox() -> None:
    form = {**SERVERS, "email": "jo@example.com", "password": "p", "imap_port": "143", "imap_security": "starttls"}
    mailbox = Entered.of(form).mailbox()
    assert (mailbox.user, mailbox.imap) == ("jo@example.com", EnteredServer("imap.example.com", 143, False))
    assert mailbox.smtp == EnteredServer("smtp.example.com", 465, True)
    assert Entered.of({**form, "user": "jo"}).mailbox().user == "jo"


def test_what_was_found_goes_into_the_fields() -> None:
    imap, smtp = FoundServer("i.example", 993, True, "jo"), FoundServer("s.example", 587, False, "jo")
    entered = Entered(email="jo@example.com").with_servers(Found(imap, smtp, "srv"))
    assert (entered.imap_host, entered.imap_port, entered.imap_security) == ("i.example", "993", "tls")
    assert (entered.smtp_host, entered.smtp_port, entered.smtp_security) == ("s.example", "587", "starttls")
    assert entered.user == "jo"
    assert Entered(email="jo@example.com").with_servers(UNKNOWN) == Entered(email="jo@example.com")


def test_the_password_is_not_shown() -> None:
    entered = Entered.of({**SERVERS, "email": "jo@example.com", "password": "the password"})
    assert "the password" not in f"{entered}{entered.shown()}{entered.mailbox()}"


@pytest.mark.parametrize("sent", ["", "nonsense", "address"])
def test_an_unknown_button_leads_to_the_first_step(sent: str) -> None:
    assert step_of({"step": sent}) == "address"
