"""Slots for sign-ins: bounds, order, fairness between hosts, pauses, cancellation."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.words.strangers import Words
from tests.fakes.waiting import eventually


async def settle() -> None:
    """Let every ready task run."""
    for _ in range(10):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that each hold a slot until told to leave; `inside` lists who holds one, in order of entry."""

    def __init__(self, pacing: SignInPacing, tasks: asyncio.TaskGroup) -> None:
        self.pacing = pacing
        self.tasks = tasks
        self.entered: list[str] = []
        self.doors: dict[str, asyncio.Event] = {}

    def join(self, host: str, name: str) -> asyncio.Task[None]:
        self.doors[name] = asyncio.Event()
        return self.tasks.create_task(self._hold(host, name))

    async def _hold(self, host: str, name: str) -> None:
        async with self.pacing.sign_in(host):
            self.entered.append(name)
            await self.doors[name].wait()

    def leave(self, *names: str) -> None:
        for name in names:
            self.doors[name].set()


async def test_a_host_has_so_many_slots_given_in_order() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=2, total=10)), tasks)
        for name in "abcd":
            crowd.join("Imap.Example", name)
        await settle()
        assert crowd.entered == ["a", "b"]
        assert crowd.pacing.waiting("imap.example") == 2
        crowd.leave("b")
        await settle()
        assert crowd.entered == ["a", "b", "c"]
        crowd.leave(*"acd")
    assert crowd.entered == ["a", "b", "c", "d"]
    assert crowd.pacing.active == 0


async def test_a_crowded_host_does_not_starve_the_others() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=10, total=2)), tasks)
        for number in range(6):
            crowd.join("big.example", f"big{number}")
        await settle()
        crowd.join("small.example", "small")
        await settle()
        assert crowd.entered == ["big0", "big1"]
        crowd.leave("big0")
        await settle()
        crowd.leave("big1")
        await settle()
        assert "small" in crowd.entered[:4]
        crowd.leave(*crowd.doors)


async def test_a_cancelled_waiter_leaves_the_queue_and_a_cancelled_holder_its_slot() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=1, total=1)), tasks)
        holder, waiter, _ = (crowd.join("imap.example", name) for name in "abc")
        await settle()
        waiter.cancel()
        await settle()
        holder.cancel()
        await settle()
        assert crowd.entered == ["a", "c"]
        crowd.leave("c")


async def test_a_slot_granted_in_the_moment_of_cancellation_is_given_back() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=1, total=1)), tasks)
        crowd.join("imap.example", "a")
        await settle()
        waiter = crowd.join("imap.example", "b")
        await settle()
        crowd.leave("a")
        await asyncio.sleep(0)
        waiter.cancel()
        await settle()
        assert crowd.pacing.active == 0


def turned_away(retry_after: float | None, *, host_wide: bool = True) -> ConnectionFailed:
    return ConnectionFailed(
        Failure("connection", "login", "LIMIT", Words("Too many"), "Wait.", retry_after, "NO", host_wide=host_wide)
    )


async def test_a_host_that_complains_gets_a_pause_and_others_do_not() -> None:
    pacing = SignInPacing(Shares(per_host=5, total=5))
    with pytest.raises(ConnectionFailed):
        async with pacing.sign_in("busy.example"):
            raise turned_away(0.2)
    start = asyncio.get_running_loop().time()
    async with pacing.sign_in("other.example"):
        assert asyncio.get_running_loop().time() - start < 0.1
    async with pacing.sign_in("busy.example"):
        assert asyncio.get_running_loop().time() - start >= 0.19


async def test_a_complaint_about_one_account_pauses_nobody() -> None:
    pacing = SignInPacing(Shares(per_host=5, total=5))
    with pytest.raises(ConnectionFailed):
        async with pacing.sign_in("busy.example"):
            raise turned_away(60, host_wide=False)
    with pytest.raises(SignInRefused):
        async with asyncio.timeout(1), pacing.sign_in("busy.example"):
            raise SignInRefused(Failure("authentication", "login", "AUTHENTICATIONFAILED", Words("No"), "Check."))


async def test_pauses_in_a_row_grow_and_a_success_forgets_them() -> None:
    pacing = SignInPacing(Shares(per_host=5, total=5))
    loop = asyncio.get_running_loop()
    waits = []

    async def try_once(*, complaint: bool) -> None:
        start = loop.time()
        async with pacing.sign_in("busy.example"):
            waits.append(loop.time() - start)
            if complaint:
                raise turned_away(0.05)

    for _ in range(3):
        with pytest.raises(ConnectionFailed):
            await try_once(complaint=True)
    await try_once(complaint=False)
    assert waits[0] < 0.3
    assert waits[1] >= 0.045
    assert waits[2] >= 0.095
    assert waits[3] >= 0.195
    with pytest.raises(ConnectionFailed):
        await try_once(complaint=True)
    await try_once(complaint=False)
    assert waits[4] < 0.3
    assert 0.045 <= waits[5] < 0.3


async def test_complaints_of_one_moment_count_once() -> None:
    pacing = SignInPacing(Shares(per_host=5, total=5))
    for _ in range(4):
        pacing.pause("busy.example", 0.05)
    start = asyncio.get_running_loop().time()
    async with pacing.sign_in("busy.example"):
        assert asyncio.get_running_loop().time() - start < 0.2


async def test_who_cannot_wait_is_told_why_and_leaves_no_trace() -> None:
    pacing = SignInPacing(Shares(per_host=1, total=1))
    async with pacing.sign_in("Busy.example"):
        with pytest.raises(ConnectionFailed) as caught:
            async with pacing.sign_in("busy.example", 0.05):
                pytest.fail("there is no slot")
        assert (caught.value.failure.code, caught.value.failure.retry_after) == ("EBUSYHERE", None)
    async with pacing.sign_in("busy.example", 0.05):
        assert pacing.active == 1
    pacing.pause("busy.example", 60)
    with pytest.raises(ConnectionFailed) as caught:
        async with pacing.sign_in("busy.example", 0.05):
            pytest.fail("the host is left alone")
    assert caught.value.failure.code == "EHOSTPAUSED"
    assert 50 < (caught.value.failure.retry_after or 0) <= 60
    assert pacing.active == 0
    # Waiting in vain is no complaint of the host: its pause does not grow.
    assert pacing._turns._hosts["busy.example"].pauses == 1


SILENT = ConnectionFailed(
    Failure("connection", "greeting", "ETIMEDOUT", Words("No answer within 20 s"), "Check the port.")
)


async def test_sign_ins_that_take_long_keep_nobody_waiting() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=4, total=4), takes_long=0.02), tasks)
        for number in range(20):
            crowd.join(f"dripping{number}.example", f"d{number}")
        crowd.join("healthy.example", "healthy")
        await eventually(lambda: "healthy" in crowd.entered, what="the healthy host has its turn")
        # Nobody of the others has left.
        assert crowd.pacing.active == len(crowd.entered)
        crowd.leave(*crowd.doors)


async def test_slots_may_be_held_to_the_end() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(Shares(per_host=2, total=2, equal=True), takes_long=None), tasks)
        for name in "abc":
            crowd.join(f"{name}.example", name)
        await asyncio.sleep(0.05)
        assert crowd.entered == ["a", "b"]
        crowd.leave(*"abc")


async def test_a_host_that_was_silent_has_one_slot_until_it_answers() -> None:
    pacing = SignInPacing(Shares(per_host=3, total=12))
    with pytest.raises(ConnectionFailed):
        async with pacing.sign_in("late.example"):
            raise SILENT
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(pacing, tasks)
        for name in "abcd":
            crowd.join("late.example", name)
        await settle()
        assert crowd.entered == ["a"]
        crowd.leave("a")
        await settle()
        assert crowd.entered == ["a", "b", "c", "d"]
        crowd.leave(*"bcd")


async def test_whoever_waits_for_long_is_told_why_once_and_goes_on() -> None:
    told: list[str] = []
    pacing = SignInPacing(Shares(per_host=1, total=4), long_wait=0.01)

    async def queued(why: str) -> None:
        told.append(why)

    async def sign_in() -> None:
        async with pacing.sign_in("slow.example", queued=queued):
            pass

    async with asyncio.TaskGroup() as tasks, pacing.sign_in("slow.example", queued=queued):
        for _ in range(3):
            tasks.create_task(sign_in())
        await eventually(lambda: len(told) == 3, what="all three are told")
    assert told[0] == "waiting for a turn to sign in: as many sign-ins as allowed are in progress at slow.example"
    assert [each.rpartition("; ")[2] for each in told[1:]] == ["before it in line: 1", "before it in line: 2"]
    assert (pacing.active, pacing.connections, pacing.waiting("slow.example")) == (0, 0, 0)


async def test_a_wait_that_is_cancelled_while_it_is_told_leaves_no_trace() -> None:
    pacing = SignInPacing(Shares(per_host=1, total=1), long_wait=0.01)
    telling = asyncio.Event()

    async def queued(_why: str) -> None:
        telling.set()
        await asyncio.Event().wait()

    async def sign_in() -> None:
        async with pacing.sign_in("slow.example", queued=queued):
            pytest.fail("there was no slot")

    async with pacing.sign_in("slow.example"):
        waits = asyncio.create_task(sign_in())
        await telling.wait()
    # Its turn has come, and it does not take it.
    assert pacing.active == 1
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert (pacing.active, pacing.connections, pacing.waiting("slow.example")) == (0, 0, 0)


async def test_connections_that_stay_count_until_they_are_closed() -> None:
    pacing = SignInPacing(Shares(per_host=5, total=5, connections=2, spare_connections=1))
    ends = []
    for _ in range(2):
        async with pacing.sign_in("imap.example") as place:
            ends.append(place.keep())
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(pacing, tasks)
        crowd.join("imap.example", "account")
        await settle()
        assert crowd.entered == []
        # Somebody waits for this one, and there is a connection to spare.
        async with pacing.sign_in("imap.example", 5):
            assert pacing.connections == 3
        ends.pop()()
        await settle()
        assert crowd.entered == ["account"]
        crowd.leave("account")
    ends.pop()()
    assert pacing.connections == 0


@pytest.mark.parametrize(
    ("shares", "silent", "said"),
    [
        (Shares(1, 1), False, "Many sign-ins are in progress: "),
        (Shares(1, 1), True, "busy.example was silent lately, so few sign-ins are tried there: "),
        (Shares(5, 5, connections=1), False, "All connections that the limit of open files allows are in use: "),
    ],
)
async def test_who_cannot_wait_is_told_what_others_hold(shares: Shares, silent: bool, said: str) -> None:
    pacing = SignInPacing(shares)
    if silent:
        with pytest.raises(ConnectionFailed):
            async with pacing.sign_in("busy.example"):
                raise SILENT
    async with pacing.sign_in("busy.example"):
        with pytest.raises(ConnectionFailed) as caught:
            async with pacing.sign_in("busy.example", 0.05):
                pytest.fail("there is no slot")
    assert caught.value.failure.response == f"{said}there was no turn at busy.example within 0.05 s"


async def test_the_log_tells_once_a_minute_that_connections_run_out() -> None:
    pacing = SignInPacing(Shares(5, 5, connections=1))
    with capture_logs() as lines:
        async with pacing.sign_in("imap.example"):
            # Nobody waits yet.
            assert lines == []
            for _ in range(3):
                with pytest.raises(ConnectionFailed):
                    async with pacing.sign_in("imap.example", 0.01):
                        pytest.fail("there is no connection")
    assert [(line["event"], line["connections"], line["waiting"]) for line in lines] == [
        ("the limit of open files is reached: accounts wait until others end", 1, 1)
    ]


async def test_it_is_full_while_accounts_must_wait_for_a_connection() -> None:
    pacing = SignInPacing(Shares(5, 5, connections=1, spare_connections=1))
    assert not pacing.is_full
    async with pacing.sign_in("host") as place:
        ended = place.keep()
    assert pacing.is_full
    ended()
    assert not pacing.is_full
    assert not SignInPacing(Shares(5, 5)).is_full
