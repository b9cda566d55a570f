"""Value classes behave as those of the standard decorator do, and share their methods."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import weakref
from collections.abc import Callable
from dataclasses import InitVar, field, replace
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.footprint import dataclass as own
from postroom.footprint.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    x: object
    y: object = 2


@dataclass(frozen=True, slots=True)
class Named(Point):
    name: str = field(default="", compare=False)
    secret: str = field(default="", repr=False)
    extra: object = field(default=None, hash=False, repr=False)


@dataclass(frozen=True, slots=True)
class Single:
    only: object


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(slots=True)
class Changing:
    items: list[object] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Identity:
    x: int = 1


@dataclass(frozen=True, slots=True)
class Own:
    """It has an equality, a hash and a text of its own."""

    word: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and other.word.lower() == self.word.lower()

    def __hash__(self) -> int:
        return hash(self.word.lower())

    def __repr__(self) -> str:
        return self.word


@dataclass(frozen=True, slots=True, order=True)
class Ordered:
    rank: int


@dataclasses.dataclass(frozen=True, slots=True)
class StandardPoint:
    x: object
    y: object = 2


values = st.one_of(st.integers(0, 2), st.text(max_size=1), st.none(), st.tuples(st.integers(0, 1)))


@given(values, values, values, values)
def test_equality_and_hash_are_those_of_the_standard(a: object, b: object, c: object, d: object) -> None:
    same = StandardPoint(a, b) == StandardPoint(c, d)
    assert (Point(a, b) == Point(c, d)) is same
    assert (Point(a, b) != Point(c, d)) is not same
    if same:
        assert hash(Point(a, b)) == hash(Point(c, d))


@given(values, values)
def test_the_text_is_that_of_the_standard(a: object, b: object) -> None:
    assert repr(Point(a, b)) == repr(StandardPoint(a, b)).removeprefix("Standard")


def test_another_class_is_never_equal() -> None:
    assert Point(1) != Named(1)
    assert Named(1) != Point(1)
    assert Point(1) != object()


def test_what_fields_say_of_themselves_holds() -> None:
    assert Named(1, name="a") == Named(1, name="b")
    assert hash(Named(1, name="a")) == hash(Named(1, name="b"))
    assert Named(1, secret="a") != Named(1, secret="b")
    assert Named(1, extra=[1]) != Named(1, extra=[2])
    assert hash(Named(1, extra=[1])) == hash(Named(1, extra=[2]))
    assert repr(Named(1, name="a", secret="s")) == "Named(x=1, y=2, name='a')"


def test_classes_of_one_field_and_of_none() -> None:
    assert Single((1,)) != Single(1)
    assert Single([1]) == Single([1])
    assert {Single(1), Single(1)} == {Single(1)}
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "Nothing()"


@pytest.mark.parametrize("value", [Point(1), Named(1, name="n"), Single(1)])
def test_a_frozen_value_stays_as_it_is(value: object) -> None:
    name = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    before = repr(value)
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
        setattr(value, name, 3)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'other'"):
        value.other = 3  # type: ignore[attr-defined]
    with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
        delattr(value, name)
    assert repr(value) == before


def test_a_value_that_may_change_has_no_hash() -> None:
    changing = Changing()
    changing.items.append(changing)
    assert repr(changing) == "Changing(items=[...])"
    assert Changing([1]) == Changing([1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(changing)


def test_without_equality_each_object_is_itself() -> None:
    one = Identity()
    assert one != Identity()
    assert one in {one}


def test_methods_of_the_class_itself_stay() -> None:
    assert Own("A") == Own("a")
    assert len({Own("A"), Own("a")}) == 1
    assert repr(Own("A")) == "A"


def test_order_is_that_of_the_standard() -> None:
    assert sorted([Ordered(2), Ordered(1)]) == [Ordered(1), Ordered(2)]
    assert {Ordered(1), Ordered(1)} == {Ordered(1)}


def test_values_are_copied_and_replaced() -> None:
    point = Named(1, name="n")
    assert replace(point, x=2) == Named(2, name="n")
    for twin in (copy.copy(point), copy.deepcopy(point), pickle.loads(pickle.dumps(point))):
        assert twin == point
        assert twin.name == "n"
    match point:
        case Named(x, y):
            assert (x, y) == (1, 2)


@dataclass(frozen=True, slots=True)
class Checked:
    """Not all of its fields are arguments that have a place."""

    x: int
    made_by: InitVar[str] = "nobody"
    twice: int = field(init=False)
    last: int = field(default=0, kw_only=True)
    kind: ClassVar[str] = "checked"

    def __post_init__(self, made_by: str) -> None:
        object.__setattr__(self, "twice", len(made_by) * self.x)


@dataclass(frozen=True, slots=True)
class Placed:
    x: int = 1
    last: int = field(default=0, kw_only=True)


class Below(Single):
    """It is no value class by itself."""

    @property
    def x(self) -> object:
        return self.only


@dataclass(frozen=True, slots=True)
class Doubled:
    x: int
    after: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("too small")


@pytest.mark.parametrize("renewed", [dataclasses.replace, own.replace], ids=["standard", "own"])
def test_replace_is_that_of_the_standard(renewed: Callable[..., Any]) -> None:
    named = Named([1], name="n", secret="s", extra=4)
    other = renewed(named, y=3, name="o")
    assert (other.x, other.y, other.name, other.secret, other.extra) == ([1], 3, "o", "s", 4)
    assert other.x is named.x
    assert named.y == 2
    assert renewed(named) == named
    assert renewed(Checked(2), x=3, made_by="me").twice == 6
    assert renewed(Placed(5, last=7)) == Placed(5, last=7)
    assert renewed(Placed(5, last=7), x=6) == Placed(6, last=7)
    assert renewed(Below(1), only=3).x == 3
    assert renewed(Checked(2, last=4), made_by="me") == Checked(2, "me", last=4)
    assert renewed(Doubled(1), x=2) == Doubled(2)
    assert renewed(Single(1), only=2) == Single(2)
    assert renewed(Nothing()) == Nothing()
    with pytest.raises(ValueError, match="too small"):
        renewed(Doubled(1), x=-1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        renewed(named, z=1)
    with pytest.raises((TypeError, ValueError), match="twice"):
        renewed(Checked(1), twice=1)


def test_the_methods_are_shared() -> None:
    for name in ("__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__"):
        assert getattr(Point, name) is getattr(Single, name)


@dataclass(slots=True, weakref_slot=True)
class Watched:
    x: int = 1


def test_every_member_can_be_read() -> None:
    """aiosmtpd looks at all members of its handler. Python 3.11.0 to 3.11.2 left one behind that cannot be read."""
    for value in (Point(1), Named(1), Changing(), Watched()):
        assert "__eq__" in dict(inspect.getmembers(value))


def test_a_class_with_a_slot_for_weak_references_keeps_it() -> None:
    watched = Watched()
    assert weakref.ref(watched)() is watched
