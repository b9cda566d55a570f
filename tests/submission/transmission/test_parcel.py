"""Which faults are final."""

from __future__ import annotations

from postroom.connections.failures import judge
from postroom.submission.transmission.parcel import Fault


def test_a_fault_of_the_message_is_final_and_one_of_the_connection_is_not() -> None:
    assert Fault("too large", "EMESSAGE", "MAIL FROM").is_final
    failure = judge(EOFError(), "send")
    fault = Fault(failure.response, failure.code, "DATA", failure)
    assert (fault.is_final, fault.code) == (False, "ECONNRESET")
