"""What a change asks of flags, and what the flags afterwards say about it."""

from __future__ import annotations

import pytest

from postroom.mailboxes.changing.edits import Edit, Effect, all_effects, effect, unkept


@pytest.mark.parametrize(
    ("edit", "steps"),
    [
        (Edit(), []),
        (Edit(add=(), delete=()), []),
        (Edit(add=("a",), delete=("b",)), [("+", ("a",)), ("-", ("b",))]),
        (Edit(add=("a",), delete=("b",), replace=("c",)), [("", ("c",))]),
        (Edit(replace=()), [("", ())]),
    ],
)
def test_the_commands_of_an_edit(edit: Edit, steps: object) -> None:
    assert edit.steps == steps


@pytest.mark.parametrize(
    ("edit", "now", "told"),
    [
        (Edit(add=("\\Seen",)), {"\\seen", "x"}, Effect(add=True)),
        (Edit(add=("\\Seen", "y")), {"\\Seen"}, Effect(add=False)),
        (Edit(delete=("X",)), {"x"}, Effect(delete=False)),
        (Edit(delete=("X",)), set(), Effect(delete=True)),
        (Edit(add=("a", "b"), delete=("b",)), {"a"}, Effect(add=True, delete=True)),
        (Edit(add=("a",), replace=("b",)), {"B", "\\Recent"}, Effect(replace=True)),
        (Edit(replace=("b",)), {"b", "c"}, Effect(replace=False)),
        (Edit(replace=()), set(), Effect(replace=True)),
        (Edit(add=()), {"z"}, Effect(add=True)),
        (Edit(add=("a",), delete=("b",)), None, Effect(add=False, delete=False)),
    ],
)
def test_an_edit_took_effect_when_the_flags_show_it(edit: Edit, now: set[str] | None, told: Effect) -> None:
    assert effect(edit, now) == told


def test_many_messages_must_all_show_it() -> None:
    edit = Edit(add=("a",), delete=("b",))
    assert all_effects(edit, []) == Effect(add=True, delete=True)
    assert all_effects(edit, [{"a"}, {"a", "c"}]) == Effect(add=True, delete=True)
    assert all_effects(edit, [{"a"}, {"a", "b"}]) == Effect(add=True, delete=False)
    assert all_effects(edit, [{"a"}, None]) == Effect(add=False, delete=False)


@pytest.mark.parametrize(
    ("edit", "permanent", "lost"),
    [
        (Edit(add=("x",)), None, []),
        (Edit(add=("x",)), {"\\Seen", "\\*"}, []),
        (Edit(add=("\\sEEn", "\\Flagged")), {"\\*"}, []),
        (Edit(add=("\\Sean", "\\Seen", "\\Own")), {"\\*", "\\own"}, ["\\Sean"]),
        (Edit(replace=("\\Sean", "x")), None, ["\\Sean"]),
        (Edit(delete=("\\Sean",)), {"\\*"}, []),
        (Edit(add=("\\seen", "x", "x")), {"\\Seen"}, ["x"]),
        (Edit(replace=("$a", "\\Seen"), add=("b",)), {"\\Seen"}, ["$a"]),
        (Edit(delete=("x",)), set(), []),
        (Edit(add=("x",), delete=("x",)), set(), []),
    ],
)
def test_flags_that_a_folder_would_forget(edit: Edit, permanent: set[str] | None, lost: list[str]) -> None:
    assert unkept(edit, permanent) == lost
