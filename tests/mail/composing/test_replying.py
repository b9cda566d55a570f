"""Replies and forwarded messages: thread, subject, recipients and quotations."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.composing.replying import Action, Original, answering
from tests.fakes.slowness import processor_seconds

ME, ANN, BOB, TEAM = (Correspondent(f"{name}@example.com", name.title()) for name in ("me", "ann", "bob", "team"))
NEW = Draft(ME)
ORIGINAL = Original(
    message_id="<2@x>",
    references=("<0@x>", "<1@x>"),
    subject="Offer",
    sender=(ANN,),
    to=(Correspondent("ME@example.com"), BOB),
    cc=(TEAM, ANN, Correspondent("broken address")),
    date="Fri, 2 Jan 2026 03:04:05 +0000",
    text="Hello\n> older\n",
)


def recipients(original: Original, action: Action, new: Draft = NEW) -> tuple[list[str], list[str]]:
    done = answering(new, original, action, ("me@EXAMPLE.com",))
    assert not done.bcc
    return [each.address for each in done.to], [each.address for each in done.cc]


def test_a_reply_goes_to_the_sender_alone() -> None:
    assert recipients(ORIGINAL, "reply") == (["ann@example.com"], [])
    to_list = Original(sender=(ANN,), reply_to=(TEAM,))
    assert recipients(to_list, "reply") == (["team@example.com"], [])


def test_a_reply_to_all_leaves_out_oneself_and_doubles() -> None:
    assert recipients(ORIGINAL, "reply-all") == (["ann@example.com", "bob@example.com"], ["team@example.com"])


def test_a_reply_to_ones_own_message_goes_to_those_who_got_it() -> None:
    own = Original(sender=(ME,), to=(BOB,), cc=(TEAM,))
    assert recipients(own, "reply") == (["bob@example.com"], [])
    assert recipients(own, "reply-all") == (["bob@example.com"], ["team@example.com"])


def test_a_reply_to_a_note_to_oneself_goes_to_oneself() -> None:
    note = Original(sender=(ME,), to=(ME,))
    assert recipients(note, "reply") == (["me@example.com"], [])
    assert recipients(note, "reply-all") == (["me@example.com"], [])
    assert recipients(replace(note, cc=(ANN,)), "reply-all") == ([], ["ann@example.com"])


def test_recipients_of_the_draft_stay_and_a_forward_has_none() -> None:
    assert recipients(ORIGINAL, "reply-all", Draft(ME, to=(TEAM,))) == (["team@example.com"], [])
    assert recipients(ORIGINAL, "forward") == ([], [])


def test_the_sender_of_the_draft_gets_no_reply_either() -> None:
    alias = Draft(Correspondent("bob@example.com"))
    assert recipients(ORIGINAL, "reply-all", alias) == (["ann@example.com"], ["team@example.com"])


@pytest.mark.parametrize(
    ("subject", "action", "expected"),
    [
        ("Offer", "reply", "Re: Offer"),
        ("Re: Offer", "reply", "Re: Offer"),
        ("RE: re[2]: AW: Offer", "reply", "Re: Offer"),
        ("Re\uff1aOffer", "reply-all", "Re: Offer"),
        ("Fwd: Offer", "reply", "Re: Fwd: Offer"),
        ("Re: Offer", "forward", "Fwd: Re: Offer"),
        ("WG: Fw: Offer", "forward", "Fwd: Offer"),
        ("Report: 7", "reply", "Re: Report: 7"),
        ("Antw: SV: VS: Odp: YNT: Rif: R: Vá: 回复：答复: Отв: Offer", "reply", "Re: Offer"),
        ("RE(2): Re^3: re*4: Re [5] : Offer", "reply", "Re: Offer"),
        ("TR: RV: ENC: I: Doorst: PD: VB: İLT: Továbbítás: Пересл: 转发: Offer", "forward", "Fwd: Offer"),
        ("Rent: Re: Offer", "reply", "Re: Rent: Re: Offer"),
        ("", "reply", "Re: "),
    ],
)
def test_the_subject_has_one_prefix(subject: str, action: Action, expected: str) -> None:
    assert answering(NEW, Original(subject=subject), action, ()).subject == expected


def test_a_subject_of_the_draft_stays() -> None:
    assert answering(Draft(ME, subject="Mine"), ORIGINAL, "reply", ()).subject == "Mine"


def test_the_thread_goes_on() -> None:
    done = answering(NEW, ORIGINAL, "reply", ())
    assert (done.in_reply_to, done.references) == ("<2@x>", ("<0@x>", "<1@x>", "<2@x>"))
    long = Original(message_id="<last@x>", references=tuple(f"<{number}@x>" for number in range(500)))
    kept = answering(NEW, long, "reply", ()).references
    assert (len(kept), kept[0], kept[-2:]) == (40, "<0@x>", ("<499@x>", "<last@x>"))
    assert answering(NEW, Original(), "reply", ()).references == ()


def test_a_reply_quotes_the_text() -> None:
    done = answering(Draft(ME, text="Yes", html="<p>Yes</p>"), ORIGINAL, "reply", (), inline=True)
    assert done.text is not None
    assert done.html is not None
    assert done.text == ("Yes\n\nOn Fri, 2 Jan 2026 03:04:05 +0000, Ann <ann@example.com> wrote:\n> Hello\n>> older\n")
    assert done.html.startswith("<p>Yes</p>")
    assert '<blockquote type="cite"><pre style="white-space: pre-wrap">Hello\n&gt; older' in done.html
    assert "Ann &lt;ann@example.com&gt; wrote:" in done.html


def test_a_forward_shows_the_head_and_the_whole_text() -> None:
    done = answering(NEW, ORIGINAL, "forward", (), inline=True)
    assert done.html is None
    assert done.text is not None
    assert done.text.splitlines() == [
        "",
        "",
        "---------- Forwarded message ----------",
        "From: Ann <ann@example.com>",
        "Date: Fri, 2 Jan 2026 03:04:05 +0000",
        "Subject: Offer",
        "To: ME@example.com, Bob <bob@example.com>",
        "Cc: Team <team@example.com>, Ann <ann@example.com>, broken address",
        "",
        "Hello",
        "> older",
    ]


def test_html_is_quoted_as_html_and_as_words() -> None:
    source = "<html><head><title>t</title></head><body><p>One &amp; <b>two</b></p><script>x</script>three</body></html>"
    original = Original(sender=(ANN,), html=source)
    both = answering(Draft(ME, text="", html=""), original, "reply", (), inline=True)
    assert both.text is not None
    assert both.html is not None
    assert both.text.endswith("Ann <ann@example.com> wrote:\n> One & two\n> \n> three\n")
    assert "<p>One &amp; <b>two</b></p>" in both.html
    assert "<head" not in both.html
    assert "<body" not in both.html
    alone = answering(Draft(ME, html="<p>x"), original, "forward", (), inline=True)
    assert (alone.text, "Forwarded message" in (alone.html or "")) == (None, True)


def test_an_empty_text_beside_html_is_quoted_from_the_html() -> None:
    original = Original(sender=(ANN,), text=" \n", html="<p>One</p>")
    assert (answering(Draft(ME, text=""), original, "reply", (), inline=True).text or "").endswith("wrote:\n> One\n")


@pytest.mark.parametrize("piece", ["<style ", "<head ", "<", "<br ", "<!doctype ", "<body ", "<title>"])
def test_the_cost_of_hostile_html_grows_with_its_length(piece: str) -> None:
    original = replace(ORIGINAL, text=None, html=piece * 100_000)
    began = time.process_time()
    answering(replace(NEW, text="yes", html="<p>yes</p>"), original, "reply", (), inline=True)
    assert time.process_time() - began < processor_seconds(4.0)
