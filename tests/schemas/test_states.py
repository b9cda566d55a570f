"""The names of states that requests and answers share: all that the product has."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.schemas.states import DeliveryState, OutboxState
from postroom.submission.model import MessageState
from postroom.webhooks.model import SendingState


@pytest.mark.parametrize(("alias", "states"), [(OutboxState, MessageState), (DeliveryState, SendingState)])
def test_a_request_may_name_every_state_and_no_other(alias: Any, states: Any) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(alias)
    assert [adapter.validate_python(state.value) for state in states] == [state.value for state in states]
    with pytest.raises(ValidationError):
        adapter.validate_python("unheard-of")
