"""What the sender wrote himself: plain text and HTML as the common mail programs make them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mail.quoting.new_text import NewText, split_new, split_new_html
from tests.fakes.slowness import processor_seconds
from tests.mail.html.test_bounds import HOSTILE

# Name, text, and what is new.
SAMPLES = {
    "no quote": ("Hello Ann,\n\nsee you on Monday.\n", "Hello Ann,\n\nsee you on Monday."),
    "empty": ("", ""),
    "blank": ("\n \n", ""),
    "gmail": ("Fine.\n\nOn Mon, 2 Mar 2026 at 10:15, Ann <ann@a.test> wrote:\n\n> Coming?\n> Ann\n", "Fine."),
    "gmail wrapped": ("Fine.\n\nOn Mon, 2 Mar 2026 at 10:15, Ann Longname <\nann@a.test> wrote:\n> Coming?", "Fine."),
    "gmail in three lines": ("Yes\n\nOn Mon, 2 Mar 2026 at 10:15,\nAnn Longname <ann@a.test>\nwrote:\n> Eh?", "Yes"),
    "gmail german": ("Passt.\n\nAm Mo., 2. März 2026 um 10:15 Uhr schrieb Ann <ann@a.test>:\n\n> Kommst du?", "Passt."),
    "gmail german wrapped": ("Ja\n\nAm Mo., 2. März 2026 um 10:15 Uhr schrieb Ann Lang <\nann@a.test>:\n> Na?", "Ja"),
    "gmail app german": ("Gut.\n\nAnn Muster <ann@a.test> schrieb am Mo., 2. März 2026,\n10:15:\n\n> Na?", "Gut."),
    "no greater-than": ("Fine.\n\nOn Monday, 2 March 2026, 10:15, Ann <ann@a.test> wrote:\n\nComing?\n\nAnn", "Fine."),
    "yahoo german": (
        "Ja.\n\nAm Montag, 2. März 2026 um 10:15:22 MEZ hat Ann <ann@a.test> Folgendes geschrieben:\n\nKommst du?",
        "Ja.",
    ),
    "outlook": (
        "Done.\n\nFrom: Ann <ann@a.test>\nSent: Monday, March 2, 2026 10:15\nTo: Bob\nSubject: Work\n\nPlease do it.",
        "Done.",
    ),
    "outlook german": (
        "Erledigt.\n\nVon: Ann <ann@a.test>\nGesendet: Montag, 2. März 2026\nAn: Bob\nBetreff: Arbeit\n\nBitte tun.",
        "Erledigt.",
    ),
    "outlook bold": ("Done.\n\n*From:* Ann\n*Sent:* Monday\n*To:* Bob\n*Subject:* Work\n\nPlease.", "Done."),
    "outlook rule": (
        "Done.\n\n________________________________\nFrom: Ann\nSent: Monday\nTo: Bob\nSubject: Work\n\nPlease.",
        "Done.",
    ),
    "outlook without subject": ("Done.\n\nFrom: Ann <ann@a.test>\nSent: Monday\nTo: Bob\n\nPlease.", "Done."),
    "original message": ("Good.\n\n-----Original Message-----\nFrom: Ann\nPlease.", "Good."),
    "original message german": ("Gut.\n\n-----Ursprüngliche Nachricht-----\nVon: Ann\nBitte.", "Gut."),
    "original message android": ("Gut.\n\n-------- Ursprüngliche Nachricht --------\nVon: Ann\nBitte.", "Gut."),
    "apple": ("Yes!\n\n> On 2 Mar 2026, at 10:15, Ann <ann@a.test> wrote:\n> \n> Coming?", "Yes!"),
    "apple german": ("Ja!\n\nAm 02.03.2026 um 10:15 schrieb Ann <ann@a.test>:\n\n> Kommst du?", "Ja!"),
    "thunderbird": ("Yes.\n\nOn 02/03/2026 10:15, Ann wrote:\n> Coming?\n", "Yes."),
    "thunderbird german": ("Ja.\n\nAm 02.03.26 um 10:15 schrieb Ann Muster:\n> Kommst du?\n", "Ja."),
    "name only": ("Yes.\n\nAnn Example wrote:\n> Coming?", "Yes."),
    "french": ("Oui.\n\nLe lun. 2 mars 2026 à 10:15, Ann <ann@a.test> a écrit :\n\n> Tu viens ?", "Oui."),
    "spanish": ("Sí.\n\nEl lun, 2 mar 2026 a las 10:15, Ann (<ann@a.test>) escribió:\n\n> ¿Vienes?", "Sí."),
    "italian": ("Sì.\n\nIl giorno lun 2 mar 2026 alle ore 10:15 Ann ha scritto:\n\n> Vieni?", "Sì."),
    "dutch": ("Ja.\n\nOp ma 2 mrt 2026 om 10:15 schreef Ann <ann@a.test>:\n\n> Kom je?", "Ja."),
    "portuguese": ("Sim.\n\nEm seg., 2 de mar. de 2026 às 10:15, Ann escreveu:\n\n> Vens?", "Sim."),
    "forwarded by gmail": ("FYI\n\n---------- Forwarded message ---------\nFrom: Ann\nDate: x\n\nText", "FYI"),
    "forwarded by apple": ("FYI\n\nBegin forwarded message:\n\nFrom: Ann\nSubject: x\n\nText", "FYI"),
    "forwarded german": ("Zur Info\n\n-------- Weitergeleitete Nachricht --------\nBetreff: x\n\nText", "Zur Info"),
    "answer below": ("On 02/03/2026 10:15, Ann wrote:\n> Coming?\n\nYes, at ten.\n", "Yes, at ten."),
    "answers between": (
        "Hi,\n\nAm 02.03.26 um 10:15 schrieb Ann:\n> Wann?\n\nUm zehn.\n\n> Wo?\n\nHier.\n\n> Gruß\n> Ann\n",
        "Hi,\n\nAm 02.03.26 um 10:15 schrieb Ann:\n> Wann?\n\nUm zehn.\n\n> Wo?\n\nHier.",
    ),
    "only a quote": ("On 02/03/2026 10:15, Ann wrote:\n> Coming?", ""),
    "only a bare quote": ("> Coming?\n>> Where?", ""),
    "only a forward": ("-------- Forwarded Message --------\nSubject: x\n\nText", ""),
    "windows line ends": ("Yes.\r\n\r\nOn 02/03/2026 10:15, Ann wrote:\r\n> Coming?\r\n", "Yes.\r"),
    "no block": ("From: Berlin\nTo: Munich\nDate: 3 May\n\nThat is the trip.", None),
    "no attribution": ("On Monday he wrote:\nI do not like it.\n\nWhat do you think?", None),
    "no mobile line": ("Sent from my office was the letter.\n\nThe other one is here.", None),
    "a rule in text": ("Above\n\n------------\n\nBelow", None),
}

SIGNATURES = {
    "delimiter": ("Hello\n\n-- \nBob\nExample Ltd", "Hello", "-- \nBob\nExample Ltd"),
    "stripped delimiter": ("Hello\n--\nBob", "Hello", "--\nBob"),
    "above a quote": ("Hello\n-- \nBob\n\nOn 02/03/2026, Ann wrote:\n> Hi", "Hello", "-- \nBob"),
    "below a quote": ("On 02/03/2026, Ann wrote:\n> Hi\n\nHello\n-- \nBob", "Hello", "-- \nBob"),
    "iphone": ("Yes\n\nSent from my iPhone\n\n> On 2 Mar 2026, Ann wrote:\n> Hi", "Yes", "Sent from my iPhone"),
    "iphone german": (
        "Ja\n\nVon meinem iPhone gesendet\n\n> Am 02.03.2026 schrieb Ann:",
        "Ja",
        "Von meinem iPhone gesendet",
    ),
    "samsung german": ("Ja\n\nGesendet von meinem Galaxy\n", "Ja", "Gesendet von meinem Galaxy"),
    "outlook mobile": (
        "Ok\n\nGet Outlook for iOS<https://aka.example.test/x>\n________________________________\n"
        "From: Ann\nSent: Monday\nSubject: Work\n\nText",
        "Ok",
        "Get Outlook for iOS<https://aka.example.test/x>",
    ),
    "mailing list": (
        "Hello\n_______________________________________________\nTalk mailing list\ntalk@l.test",
        "Hello",
        "_______________________________________________\nTalk mailing list\ntalk@l.test",
    ),
}


@pytest.mark.parametrize(("text", "new"), SAMPLES.values(), ids=SAMPLES)
def test_what_the_sender_wrote_comes_out(text: str, new: str | None) -> None:
    parts = split_new(text)
    assert parts.new == (text if new is None else new)
    assert parts.signature == ""


@pytest.mark.parametrize(("text", "new", "signature"), SIGNATURES.values(), ids=SIGNATURES)
def test_the_signature_comes_alone(text: str, new: str, signature: str) -> None:
    parts = split_new(text)
    assert (parts.new, parts.signature) == (new, signature)


LINES = st.sampled_from(
    [line for text, _ in SAMPLES.values() for line in text.split("\n")]
    + [line for text, *_ in SIGNATURES.values() for line in text.split("\n")]
)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(st.lists(LINES | st.text(max_size=20).filter(lambda line: "\n" not in line), max_size=25))
def test_nothing_is_lost(lines: list[str]) -> None:
    parts = split_new("\n".join(lines))
    solid = [line for line in lines if line.strip()]
    kept = [[line for line in part.split("\n") if line.strip()] for part in (parts.new, parts.quoted, parts.signature)]
    assert sorted(line for part in kept for line in part) == sorted(solid)
    for part in kept:
        rest = iter(solid)
        assert all(line in rest for line in part), "a part keeps the order of its lines"


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\n" * 1_000_000,
        "On 1, Ann wrote:\nx\n\n" * 45_000,
        "wrote:\n" * 140_000,
        "On 1 a b c\n" * 90_000,
        "From: a@b\n" * 100_000,
        "> a\nb\n" * 160_000,
        "__________\n\n" * 80_000,
        "Sent from my x\n" * 66_000,
    ],
    ids=lambda text: text[:10],
)
def test_a_large_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    split_new(text)
    assert time.process_time() - start < processor_seconds(12)


QUOTE = '<blockquote type="cite">Coming?</blockquote>'
HTML = {
    "gmail": (
        '<div dir="ltr">Fine.</div><br><div class="gmail_quote gmail_quote_container"><div class="gmail_attr">On '
        'Monday Ann wrote:<br></div><blockquote class="gmail_quote">Coming?</blockquote></div>',
        "Fine.",
        "Coming?",
    ),
    "gmail forward": (
        '<div>FYI</div><div class="gmail_quote"><div class="gmail_attr">Forwarded</div>Text</div>',
        "FYI",
        "Text",
    ),
    "apple": (f"<div>Yes!</div><br>{QUOTE}", "Yes!", "Coming?"),
    "thunderbird": (f'<p>Yes.</p><div class="moz-cite-prefix">On Monday Ann wrote:</div>{QUOTE}', "Yes.", "Ann wrote"),
    "outlook web": (
        '<div>Done.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">From: Ann</div><div>Please.</div>',
        "Done.",
        "Please.",
    ),
    "outlook line": (
        '<p>Done.</p><hr> <div id="divRplyFwdMsg">From: Ann</div><p>Please.</p>',
        "Done.",
        "<hr>",
    ),
    "outlook": (
        '<div class="W"><p>Done.</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3pt"><p>From: '
        "Ann</p></div></div><p>Please.</p></div>",
        "Done.",
        "Please.",
    ),
    "older outlook": ('<p>Ok</p><div style="border-top: solid #B5C4DF 1pt">Von: Ann</div><p>Bitte</p>', "Ok", "Bitte"),
    "yahoo": ('<div>Yes</div><div id="ydp1" class="yahoo_quoted">Ann wrote</div>', "Yes", "Ann wrote"),
}


@pytest.mark.parametrize(("html", "new", "quoted"), HTML.values(), ids=HTML)
def test_html_is_split_by_the_marks_of_mail_programs(html: str, new: str, quoted: str) -> None:
    parts = split_new_html(html)
    assert new in parts.new
    assert new not in parts.quoted
    assert quoted in parts.quoted
    assert quoted not in parts.new


@pytest.mark.parametrize(
    "mark",
    ['class="gmail_signature"', 'id="Signature"', 'class="moz-signature"', 'id="ms-outlook-mobile-signature"'],
)
def test_a_signature_in_html_comes_alone(mark: str) -> None:
    signature = f"<div {mark}>Bob</div>"
    assert split_new_html(f"<p>Hello</p>{signature}{QUOTE}") == NewText("<p>Hello</p>", QUOTE, signature)


def test_answers_between_quotes_in_html_stay() -> None:
    html = f"{QUOTE}<p>Yes</p>{QUOTE}<p>No</p>"
    assert split_new_html(html + QUOTE) == NewText(html, QUOTE, "")
    gmail = '<blockquote class="gmail_quote">When?</blockquote><div>At ten</div><blockquote>Where?</blockquote>'
    assert "At ten" in split_new_html(f'<div class="gmail_quote">{gmail}</div>').new


@pytest.mark.parametrize("html", ["", "<p>Hello</p>", "Hello <b>you</b>", "<blockquote>A poem</blockquote>", "<<>\0"])
def test_html_without_marks_is_new(html: str) -> None:
    assert split_new_html(html) == NewText(html, "", "")


def test_html_that_is_only_a_quote_has_nothing_new() -> None:
    assert split_new_html(f"<div><br>{QUOTE}</div>") == NewText("", QUOTE, "")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000 + QUOTE,
        "<div>" * 9_000 + QUOTE,
        '<div class="gmail_quote">' * 9_000,
        "".join(f"<p><b i={at}></p>" for at in range(5_000)) + QUOTE,
        QUOTE * 9_000,
        "<hr>\n" * 9_000,
        *(html + QUOTE for html in HOSTILE.values()),
    ],
    ids=["deep", "nested", "nested marks", "open tags", "many quotes", "many lines", *HOSTILE],
)
def test_hostile_html_takes_bounded_time(html: str) -> None:
    start = time.process_time()
    split_new_html(html)
    assert time.process_time() - start < processor_seconds(5)
