"""Views of endpoints: the repr of one may go into a log."""

from __future__ import annotations

from postroom.webhooks.model import TargetKind
from postroom.webhooks.views import EndpointView


def test_a_new_secret_is_not_in_the_repr() -> None:
    secret = "whsec_of_the_change"
    view = EndpointView("w", TargetKind.OBJECT, None, True, None, 0, 0, None, None, None, new_secret=secret)
    assert view.new_secret == secret
    assert secret not in repr(view)
