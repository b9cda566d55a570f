"""Inputs say what the schemas of the API say, and problems stand at their fields."""

from __future__ import annotations

from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.oauth2 import NewApp
from postroom.schemas.requests.settings import SettingsChange
from postroom.web.dashboard.inputs.made import FormInput, InputKind, described, input_for, with_problems


def test_a_field_is_described_in_the_words_of_the_schema() -> None:
    fields = described(NewApp)
    assert fields["imap.host"].description == "Host name or IP address"
    made = input_for(fields["clientId"])
    assert (made.name, made.label, made.kind) == ("clientId", "Client ID", InputKind.TEXT)
    assert made.hint == "The client id that the provider gave you"
    assert input_for(fields["name"]).required


def test_the_kind_follows_from_the_field() -> None:
    fields = described(SettingsChange)
    assert input_for(fields["notifyText"]).options == (("", "Default"), ("true", "Yes"), ("false", "No"))
    assert input_for(fields["notifyHeaders"]).kind is InputKind.LINES
    rule = input_for(fields["registerExisting"])
    assert (rule.kind, [value for value, _ in rule.options]) == (InputKind.CHOICE, ["", "refuse", "update"])
    assert input_for(fields["notifyText"], InputKind.FLAG).options == ()


def test_a_problem_stands_at_its_field_or_at_the_nearest() -> None:
    inputs = [
        FormInput("name", "Name"),
        FormInput("imap.host", "Host"),
        FormInput("imap.port", "Port"),
        FormInput("l", "L"),
    ]
    told = [
        FaultyField("imap", "needed"),
        FaultyField("imap.port", "a number"),
        FaultyField("l.3", "wrong"),
        FaultyField("l.4", "wrong too"),
        FaultyField("body", "nothing"),
    ]
    found, others = with_problems(inputs, told)
    assert [each.problem for each in found] == ["", "needed", "a number", "wrong wrong too"]
    assert others == ["nothing"]


def test_what_was_entered_stays() -> None:
    made = FormInput("a", "A", value="x")
    assert (made.filled("y", "no").value, made.filled("y", "no").problem, made.filled(None).value) == ("y", "no", "x")
