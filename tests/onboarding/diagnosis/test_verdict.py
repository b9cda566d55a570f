"""The verdict is that of the first failure, with the cure that was decided where it was met."""

from __future__ import annotations

from postroom.connections.failures import Failure
from postroom.onboarding.diagnosis.trail import Trail
from postroom.onboarding.diagnosis.verdict import conclude
from postroom.words.strangers import NO_WORDS, Words

REFUSED = Failure("authentication", "login", "AUTHENTICATIONFAILED", Words("Wrong"), "Check the password.")
RESET = Failure("connection", "login", "ECONNRESET", NO_WORDS, "It is tried again.")


def trail(failure: Failure | None = None, host: str = "mail.example.com", step: str = "login") -> Trail:
    made = Trail("imap", host, 993)
    made.ok("greeting", {"greeting": "ready"})
    if failure is not None:
        made.fail(step, failure)
    return made


def test_all_is_well_with_remarks() -> None:
    good = trail()
    good.warn("idle", "Not offered.")
    verdict = conclude([good])
    assert (verdict.kind, verdict.code, verdict.remarks) == ("none", "", ("IMAP, idle: Not offered.",))


def test_the_first_failure_counts() -> None:
    smtp = Trail("smtp", "smtp.example.com", 465)
    smtp.fail("login", REFUSED)
    verdict = conclude([trail(), smtp])
    assert (verdict.protocol, verdict.step, verdict.code) == ("smtp", "login", "AUTHENTICATIONFAILED")
    assert verdict.cause == "SMTP at smtp.example.com:465: the sign-in fails: Wrong"
    assert verdict.cure == "Check the password."


def test_the_providers_wish_is_added_for_refused_credentials_only() -> None:
    refused = conclude([trail(REFUSED, "imap.mail.me.com")])
    assert refused.cure.startswith("Check the password. iCloud Mail: Make an app-specific password")
    assert conclude([trail(RESET, "imap.mail.me.com")]).cure == "It is tried again."


def test_a_step_without_words_of_its_own() -> None:
    assert conclude([trail(RESET, step="select")]).cause == "IMAP at mail.example.com:993: select fails."


def test_nothing_tried() -> None:
    assert conclude([]).kind == "none"
