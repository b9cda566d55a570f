"""The requests of a delivery go with it."""

from __future__ import annotations

from postroom.storage.schema.tries import delivery_tries


def test_a_delivery_has_a_bounded_number_of_places_and_takes_them_along() -> None:
    assert [column.name for column in delivery_tries.primary_key] == ["delivery", "place"]
    (key,) = delivery_tries.c.delivery.foreign_keys
    assert (key.target_fullname, key.ondelete) == ("deliveries.id", "CASCADE")
