"""Who gets which lent session: rules by example, and what holds whatever happens."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from postroom.sessions.places import MOST_OF_ACCOUNT, Loan, PlaceGrant, Places, Wish, places_of_account

HOST = "imap.example.com"


def wish(key: int = 1, revision: int = 1, host: str = HOST, at_account: int = 2, at_host: int = 3) -> Wish:
    return Wish(key, f"account {key}", revision, host, at_account, at_host)


def granted(places: Places, *wishes: Wish) -> list[PlaceGrant]:
    for each in wishes:
        places.ask(each)
    return places.settle()


def lent(places: Places, *wishes: Wish) -> list[Loan]:
    grants = granted(places, *wishes)
    assert [grant.wish for grant in grants] == list(wishes)
    return [grant.loan for grant in grants]


@pytest.mark.parametrize(
    ("bears", "watching", "places"),
    [(None, 1, 2), (None, 40, 2), (15, 1, 2), (15, 12, 2), (15, 13, 1), (15, 20, 1), (5, 1, 2), (3, 1, 1), (2, 1, 1)],
)
def test_the_watch_and_other_programs_come_first(bears: int | None, watching: int, places: int) -> None:
    assert places_of_account(bears, watching) == places


def test_an_account_has_two_and_the_third_borrower_waits_for_one_of_them() -> None:
    places, wishes = Places(), [wish() for _ in range(3)]
    grants = granted(places, *wishes)
    assert [grant.wish for grant in grants] == wishes[:2]
    assert (places.counts(wishes[2]).account, places.counts(wishes[2]).waiting) == (2, 0)
    places.rest(grants[0].loan, 5.0)
    (grant,) = places.settle()
    assert (grant.wish, grant.loan, grant.evicted) == (wishes[2], grants[0].loan, ())


def test_how_many_wait_for_an_account() -> None:
    places = Places()
    granted(places, wish(at_account=1), wish(at_account=1), wish(at_account=1))
    assert (places.waiting(1), places.waiting(2)) == (2, 0)


def test_who_waits_for_its_own_account_holds_up_nobody_else() -> None:
    places, own, other = Places(), [wish(1) for _ in range(4)], wish(2)
    assert [grant.wish for grant in granted(places, *own, other)] == [own[0], own[1], other]


def test_the_one_used_last_is_lent_again() -> None:
    places = Places()
    first, second = lent(places, wish(), wish())
    places.rest(second, 1.0)
    places.rest(first, 2.0)
    assert lent(places, wish()) == [first]


def test_a_full_host_closes_what_was_idle_the_longest_for_the_first_in_line() -> None:
    places = Places()
    one, two, three = lent(places, wish(1), wish(2), wish(3))
    fourth, fifth = wish(4), wish(5)
    assert granted(places, fourth, fifth) == []
    places.rest(two, 2.0)
    places.rest(one, 1.0)
    grants = places.settle()
    assert [(grant.wish, grant.evicted) for grant in grants] == [(fourth, (one,)), (fifth, (two,))]
    assert (one.is_over, two.is_over, three.is_over, places.count) == (True, True, False, 3)


def test_another_host_has_places_of_its_own() -> None:
    places = Places()
    lent(places, wish(1), wish(2), wish(3))
    assert len(lent(places, wish(4, host="imap.example.net"))) == 1


def test_a_session_of_older_settings_is_not_lent_but_takes_its_place() -> None:
    places = Places()
    old, still_lent = lent(places, wish(revision=1), wish(revision=1))
    new = wish(revision=2)
    assert granted(places, new) == []
    places.rest(old, 1.0)
    (grant,) = places.settle()
    assert (grant.wish, grant.evicted, grant.loan.revision) == (new, (old,), 2)
    assert not still_lent.is_over


def test_a_change_dismisses_what_is_older_and_a_removal_everything() -> None:
    places = Places()
    old, new = lent(places, wish(revision=1), wish(revision=2))
    assert places.dismiss("account 1", 1, 2) == [old]
    assert places.dismiss("account 1", 1, 1) == [], "who has read the row late dismisses nothing newer"
    # The same id, registered again, is another row.
    assert places.dismiss("account 1", 7, 1) == [new]
    (again,) = lent(places, wish())
    assert places.dismiss("account 2", None) == []
    assert places.dismiss("account 1", None) == [again]
    assert places.count == 0


def test_idle_sessions_come_of_age() -> None:
    places = Places()
    one, two, _ = lent(places, wish(1), wish(2), wish(3))
    assert places.next_due(60.0) is None
    places.rest(one, 10.0)
    places.rest(two, 20.0)
    assert (places.due(69.9, 60.0), places.next_due(60.0)) == ([], 70.0)
    assert places.due(70.0, 60.0) == [one]
    assert places.spare() == [two]
    assert (places.spare(), places.count) == ([], 1)


def test_who_leaves_the_line_gets_nothing() -> None:
    places, late = Places(), wish()
    one, _ = lent(places, wish(), wish())
    assert granted(places, late) == []
    assert places.withdraw(late)
    places.rest(one, 1.0)
    assert places.settle() == []
    assert not places.withdraw(late)


class Lending(RuleBasedStateMachine):
    """Borrowers, returns, failures and changes in any order."""

    @initialize()
    def begin(self) -> None:
        self.places = Places()
        self.lent: dict[Loan, Wish] = {}
        self.idle: set[Loan] = set()
        self.waiting: list[Wish] = []
        self.clock = itertools.count(1)

    def settle(self) -> None:
        for grant in self.places.settle():
            assert grant.wish in self.waiting
            assert (grant.loan.key, grant.loan.revision) == (grant.wish.key, grant.wish.revision)
            assert grant.loan not in self.lent, "a session has one borrower"
            assert set(grant.evicted) <= self.idle, "only idle sessions are taken away"
            self.waiting.remove(grant.wish)
            self.idle -= {grant.loan, *grant.evicted}
            self.lent[grant.loan] = grant.wish

    @rule(key=st.integers(1, 4), revision=st.integers(1, 2), host=st.integers(1, 2))
    def ask(self, key: int, revision: int, host: int) -> None:
        new = wish(key, revision, f"host {host}")
        self.waiting.append(new)
        self.places.ask(new)
        self.settle()

    @rule(data=st.data(), breaks=st.booleans())
    def give_back(self, data: st.DataObject, breaks: bool) -> None:
        if self.lent:
            loan = data.draw(st.sampled_from(list(self.lent)))
            del self.lent[loan]
            if breaks:
                self.places.end(loan)
            else:
                self.places.rest(loan, float(next(self.clock)))
                self.idle.add(loan)
            self.settle()

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        if self.waiting:
            gone = data.draw(st.sampled_from(self.waiting))
            self.waiting.remove(gone)
            assert self.places.withdraw(gone)
            self.settle()

    @rule(key=st.integers(1, 4), revision=st.integers(1, 3))
    def change(self, key: int, revision: int) -> None:
        for loan in self.places.dismiss(f"account {key}", key, revision):
            self.idle.discard(loan)
            self.lent.pop(loan, None)
        self.settle()

    @rule()
    def age(self) -> None:
        ended = self.places.due(float(next(self.clock)), 3.0)
        assert set(ended) <= self.idle
        self.idle -= set(ended)
        self.settle()

    @invariant()
    def limits_hold(self) -> None:
        loans = [*self.lent, *self.idle]
        assert self.places.count == len(loans)
        for key in {loan.key for loan in loans}:
            assert sum(loan.key == key for loan in loans) <= MOST_OF_ACCOUNT
        for host in {loan.host for loan in loans}:
            assert sum(loan.host == host for loan in loans) <= 3

    @invariant()
    def nobody_waits_without_a_reason(self) -> None:
        for each in self.waiting:
            own = [loan for loan in self.lent if loan.key == each.key]
            here = [loan for loan in self.lent if loan.host == each.host]
            assert len(own) >= MOST_OF_ACCOUNT or len(here) >= 3 or self.blocked_at_host(each)

    def blocked_at_host(self, each: Wish) -> bool:
        """Every place at the host is lent, or idle only for the account that has no place left."""
        here = [loan for loan in (*self.lent, *self.idle) if loan.host == each.host]
        return len(here) >= 3 and not any(loan in self.idle for loan in here)


TestLending = Lending.TestCase
TestLending.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
