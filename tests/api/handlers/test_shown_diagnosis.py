"""A diagnosis as the API answers it: what there is to tell, and nothing else."""

from __future__ import annotations

from postroom.api.handlers.discovery import shown
from postroom.connections.failures import Failure
from postroom.onboarding.diagnosis.service import Diagnosis
from postroom.onboarding.diagnosis.trail import Trail
from postroom.onboarding.diagnosis.verdict import conclude
from postroom.words.strangers import take_in

REFUSED = Failure(
    "authentication", "login", "AUTHENTICATIONFAILED", take_in("Invalid credentials"), "Check the password."
)


def test_a_healthy_account_has_a_verdict_without_a_place() -> None:
    trail = Trail("imap", "imap.example.com", 993)
    trail.ok("greeting", {"greeting": "Ready"})
    trail.ok("login")
    found = shown(Diagnosis((trail,), conclude((trail,))))
    assert found["success"]
    assert list(found["verdict"]) == ["class", "cause", "cure", "remarks"]
    greeting, login = found["steps"]
    assert (greeting["step"], greeting["result"], greeting["details"]) == ("greeting", "ok", {"greeting": "Ready"})
    assert list(login) == ["protocol", "step", "result", "time"]


def test_a_failure_names_its_place_its_words_and_the_cure() -> None:
    trail = Trail("imap", "imap.example.com", 993)
    trail.warn("tls", "The certificate expires soon.")
    trail.fail("login", REFUSED)
    trail.skip(("folders",), "An earlier step failed.")
    found = shown(Diagnosis((trail,), conclude((trail,))))
    assert not found["success"]
    assert list(found["verdict"]) == ["class", "cause", "cure", "protocol", "step", "code", "remarks"]
    assert found["verdict"]["step"] == "login"
    tls, login, folders = found["steps"]
    assert tls["remark"] == "The certificate expires soon."
    assert (login["code"], login["response"], login["advice"]) == (REFUSED.code, REFUSED.response, REFUSED.advice)
    assert (folders["result"], folders["remark"]) == ("skipped", "An earlier step failed.")
