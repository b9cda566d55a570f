"""Views of endpoints: the repr of one may go into a log."""

from __future__ import annotations

from postroom.webhooks.model import TargetKind
from postroom.webhooks.views import EndpointView


def test_a_new_secret_is_not_in_the_repr() -> None:
    view = EndpointView(
        "w", TargetKind.OBJECT, "https://h/", True, None, 0, 0, None, None, None, new_secret="whsec_of_the_change"
    )
    assert view.new_secret == "whsec_of_the_change"
    assert "whsec_of_the_change" not in repr(view)
