"""What is counted by one process, and by several that share a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from prometheus_client import generate_latest

from postroom.figures import Figures

# Counts in a process of its own, says so, and lives until its input ends.
CHILD = """
import sys
from collections import Counter
from pathlib import Path
from postroom.figures import Figures

figures = Figures(Path(sys.argv[1]))
figures.count_events(Counter({"messageNew": int(sys.argv[2])}))
figures.count_call("GET", "/x", 200, 0.004)
print("counted", flush=True)
sys.stdin.read()
"""


def lines(figures: Figures) -> list[str]:
    return generate_latest(figures.registry()).decode().splitlines()


def test_a_process_alone() -> None:
    figures, other = Figures(), Figures()
    figures.count_events(Counter({"messageNew": 3, "messageDeleted": 1}))
    figures.count_call("GET", "/v1/accounts", 200, 0.02)
    figures.count_call("GET", "/v1/accounts", 200, 0.2)
    figures.time_delivery(-5.0)
    figures.count_submission("sent")
    figures.time_submission(-1.0)
    figures.time_sync("sign_in", 0.2)
    figures.count_renewal("gmail", "refused")
    figures.count_wakeup("events")
    figures.count_wakeup("events")
    told = lines(figures)
    assert 'postroom_events_total{type="messageNew"} 3.0' in told
    assert 'postroom_api_requests_total{method="GET",route="/v1/accounts",status="200"} 2.0' in told
    bucket = 'postroom_api_request_duration_seconds_bucket{le="0.025",method="GET",route="/v1/accounts"} 1.0'
    assert bucket in told
    assert "postroom_webhook_delivery_delay_seconds_sum 0.0" in told
    assert 'postroom_submissions_total{result="sent"} 1.0' in told
    assert "postroom_submission_delay_seconds_sum 0.0" in told
    assert 'postroom_sync_duration_seconds_bucket{cause="sign_in",le="0.25"} 1.0' in told
    assert 'postroom_token_renewals_total{outcome="refused",provider="gmail"} 1.0' in told
    assert 'postroom_wakeups_total{topic="events"} 2.0' in told
    assert figures.workers(os.getpid()) == []
    assert not any("messageNew" in line for line in lines(other))


def test_what_alerts_look_at_begins_with_nothing() -> None:
    told = lines(Figures())
    for sample in ('webhook_deliveries_total{result="dead"}', 'submissions_total{result="failed"}'):
        assert f"postroom_{sample} 0.0" in told
    assert Figures().take_counts() == {}


def test_the_statistics_take_each_count_once() -> None:
    figures = Figures()
    figures.count_events(Counter({"messageNew": 3}))
    figures.count_delivery("delivered")
    figures.count_submission("unknown")
    figures.count_sign_in("refused")
    figures.count_renewal("gmail", "success")
    for route, status in (("/v1/stats", 200), ("/v1/stats", 302), ("/v1/stats", 404), ("/health", 200), ("-", 404)):
        figures.count_call("GET", route, status, 0.001)
    assert figures.take_counts() == {
        "events:messageNew": 3,
        "deliveries:delivered": 1,
        "submissions:unknown": 1,
        "signIns:refused": 1,
        "tokenRenewals:success": 1,
        "apiCalls:success": 2,
        "apiCalls:fail": 1,
    }
    assert figures.take_counts() == {}


def test_processes_that_share_a_folder_are_told_together_even_when_one_has_gone(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    children = [
        subprocess.Popen(
            [*command, count], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
        )
        for count in ("2", "5")
    ]
    try:
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == b"counted\n"
        figures = Figures(tmp_path)
        told = lines(figures)
        assert 'postroom_events_total{type="messageNew"} 7.0' in told
        assert 'postroom_api_requests_total{method="GET",route="/x",status="200"} 2.0' in told
        assert figures.workers(os.getpid()) == sorted(child.pid for child in children)
        assert figures.workers(1) == []
        children[0].kill()
        children[0].wait()
        assert 'postroom_events_total{type="messageNew"} 7.0' in lines(figures)
        assert figures.workers(os.getpid()) == [children[1].pid]
    finally:
        for child in children:
            child.kill()
            child.communicate()
