"""Spans: off they cost nothing and tell nothing; on they join over text that is stored, and hold no words of errors."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from postroom import traces
from postroom.errors import Transient
from postroom.traces import UNTRACED, begin, context, part, span


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """The spans that have ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    end = begin("0", provider)
    yield exporter
    end()


def test_nothing_happens_while_traces_are_off() -> None:
    with span("work", {"account": "a"}, parent="00-" + "1" * 32 + "-" + "2" * 16 + "-01") as traced:
        assert traced is UNTRACED
        traced.note({"more": 1})
        traced.named("other")
        traced.failed("no")
        assert context() == ""
    assert part("work") is UNTRACED


def test_spans_nest_and_join_over_stored_text(exported: InMemorySpanExporter) -> None:
    with span("outer", {"account": "a"}, kind="server", parent="") as outer:
        with part("inner"):
            stored = context()
        outer.note({"status": 200})
        outer.named("renamed")
    assert context() == ""
    with span("later", parent=stored, kind="client", began=1_700_000_000_000):
        pass
    inner, first, later = exported.get_finished_spans()
    assert (inner.name, first.name, later.name) == ("inner", "renamed", "later")
    assert (first.kind, later.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    assert dict(first.attributes or {}) == {"account": "a", "status": 200}
    assert first.context is not None
    assert inner.context is not None
    assert later.context is not None
    assert first.context.trace_id == inner.context.trace_id == later.context.trace_id
    assert first.parent is None
    assert inner.parent is not None
    assert inner.parent.span_id == first.context.span_id
    assert later.parent is not None
    assert later.parent.span_id == inner.context.span_id
    assert later.start_time == 1_700_000_000_000 * 1_000_000


def test_a_part_begins_no_trace_and_an_unreadable_parent_is_none(exported: InMemorySpanExporter) -> None:
    with part("alone"), span("anew", parent="no such thing"):
        pass
    (anew,) = exported.get_finished_spans()
    assert (anew.name, anew.parent) == ("anew", None)


def test_a_failure_is_told_by_its_code_and_comes_out(exported: InMemorySpanExporter) -> None:
    with pytest.raises(Transient), span("one"):
        raise Transient("secret words", code="EBUSY")
    with pytest.raises(KeyError), span("two"):
        raise KeyError("secret words")
    with span("three") as traced:
        traced.failed("HTTP503")
    told = exported.get_finished_spans()
    assert [each.status.status_code for each in told] == [StatusCode.ERROR] * 3
    assert [each.status.description for each in told] == ["EBUSY", "KeyError", "HTTP503"]
    assert all(not each.events for each in told)
    assert "secret" not in "".join(each.to_json() for each in told)


def test_it_ends(exported: InMemorySpanExporter) -> None:
    assert traces._seam.tracer is not None
    end = begin("0", TracerProvider())
    end()
    assert span("after") is UNTRACED


def test_what_to_install_is_said() -> None:
    code = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from postroom.traces import TracesUnavailable, begin\n"
        "try:\n    begin('0')\nexcept TracesUnavailable as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "postroom[server,traces]" in done.stdout


def test_opentelemetry_is_not_loaded_while_traces_are_off() -> None:
    code = "import sys, postroom.app\nprint([name for name in sys.modules if name.startswith('opentelemetry')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
