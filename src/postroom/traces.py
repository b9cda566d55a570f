"""Traces: what one piece of work led to, over tasks, rows and processes, for OpenTelemetry. Off until `begin`.

The context of a trace is text (`traceparent`, W3C Trace Context). It is stored in rows that lead to further work, so
one trace goes from a server's news over the event and its delivery to the receiver. Spans carry ids and statuses,
never words of servers, because those are for the log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

from postroom.errors import Permanent

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

__all__ = [
    "INSTALL",
    "UNTRACED",
    "Kind",
    "Traced",
    "TracesUnavailable",
    "begin",
    "context",
    "is_installed",
    "part",
    "span",
]

Kind: TypeAlias = Literal["internal", "server", "client", "producer", "consumer"]
Facts: TypeAlias = Mapping[str, str | int | float | bool]
_NAME: Final = "postroom"
_HEADER: Final = "traceparent"
_NS: Final = 1_000_000


# What to do where OpenTelemetry is not installed.
INSTALL: Final = 'Install it with `pip install "postroom[server,traces]"`.'


class TracesUnavailable(Permanent):
    """Traces are wanted, and OpenTelemetry is not installed."""

    code = "TracesUnavailable"


class Traced(Protocol):
    """The span of a block of work."""

    def note(self, facts: Facts) -> None:
        """Add facts that became known."""

    def named(self, name: str) -> None:
        """Give it another name, because more is known now."""

    def failed(self, code: str) -> None:
        """Say that the work failed, with a code for programs."""


class Untraced:
    """Stands for a span while traces are off."""

    __slots__ = ()

    def __enter__(self) -> Traced:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def note(self, facts: Facts) -> None:
        """Forget facts."""

    def named(self, name: str) -> None:
        """Forget a name."""

    def failed(self, code: str) -> None:
        """Forget a failure."""


UNTRACED: Final = Untraced()


class _Tracer(Protocol):
    def span(
        self, name: str, kind: Kind, parent: str | None, began: int | None, facts: Facts
    ) -> AbstractContextManager[Traced]: ...

    def context(self) -> str: ...


class _Seam:
    """What this process traces with, None while it does not."""

    tracer: _Tracer | None = None


_seam: Final = _Seam()
_NO_FACTS: Final[Facts] = {}


def span(
    name: str,
    facts: Facts = _NO_FACTS,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    began: int | None = None,
) -> AbstractContextManager[Traced]:
    """Return a span around a block of work; an exception that leaves the block makes it a failed one.

    `parent` is a stored context, None for the span around this one, "" for a trace of its own. `began` is when the work
    began, in milliseconds since 1970, if that is earlier.
    """
    tracer = _seam.tracer
    return UNTRACED if tracer is None else tracer.span(name, kind, parent, began, facts)


def part(name: str, facts: Facts = _NO_FACTS) -> AbstractContextManager[Traced]:
    """Return a span around a part of traced work. Where no trace has begun, none begins."""
    return span(name, facts) if context() else UNTRACED


def context() -> str:
    """Return the context of the present span, to be stored or sent; "" if there is none."""
    return "" if _seam.tracer is None else _seam.tracer.context()


def is_installed() -> bool:
    """Say whether the libraries of OpenTelemetry are there."""
    try:
        from opentelemetry.exporter.otlp.proto.http import trace_exporter  # noqa: F401 - whether it is there
        from opentelemetry.sdk import trace  # noqa: F401
    except ImportError:
        return False
    return True


def begin(version: str, provider: TracerProvider | None = None) -> Callable[[], None]:
    """Begin to trace, and return the function that sends what is left and ends it.

    Without a provider, spans are sent by OTLP over HTTP, as the `OTEL_…` variables of the environment say. Raises
    TracesUnavailable.
    """
    if not is_installed():
        raise TracesUnavailable(f"POSTROOM_TRACES is set, and OpenTelemetry is not installed. {INSTALL}")
    given = provider if provider is not None else _otlp(version)
    _seam.tracer = _OpenTelemetry(given)

    def end() -> None:
        _seam.tracer = None
        given.shutdown()

    return end


def _otlp(version: str) -> TracerProvider:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # A service name in the environment wins.
    resource = Resource({SERVICE_NAME: _NAME, SERVICE_VERSION: version}).merge(Resource.create())
    if resource.attributes.get(SERVICE_NAME) == "unknown_service":
        resource = resource.merge(Resource({SERVICE_NAME: _NAME}))
    made = TracerProvider(resource=resource)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


class _OpenTelemetry:
    """Makes spans of OpenTelemetry."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer(_NAME)
        self._format = TraceContextTextMapPropagator()

    def span(
        self, name: str, kind: Kind, parent: str | None, began: int | None, facts: Facts
    ) -> AbstractContextManager[Traced]:
        from opentelemetry.trace import SpanKind

        made = self._tracer.start_span(
            name,
            context=self._context_of(parent),
            kind=SpanKind[kind.upper()],
            attributes=dict(facts),
            start_time=None if began is None else began * _NS,
        )
        return _Present(made)

    def context(self) -> str:
        carrier: dict[str, str] = {}
        self._format.inject(carrier)
        return carrier.get(_HEADER, "")

    def _context_of(self, parent: str | None) -> Context | None:
        from opentelemetry.context import Context

        return None if parent is None else self._format.extract({_HEADER: parent}, context=Context())


class _Present:
    """A span that is the present one in its block."""

    def __init__(self, made: Span) -> None:
        from opentelemetry import trace

        self._span = made
        self._present = trace.use_span(made, end_on_exit=True, record_exception=False, set_status_on_exception=False)

    def __enter__(self) -> Traced:
        self._present.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            # Its words may be those of a stranger, so the name of the error must do.
            self.failed(str(getattr(error, "code", None) or kind.__name__))
        self._present.__exit__(None, None, None)

    def note(self, facts: Facts) -> None:
        """Add facts that became known."""
        self._span.set_attributes(dict(facts))

    def named(self, name: str) -> None:
        """Give it another name."""
        self._span.update_name(name)

    def failed(self, code: str) -> None:
        """Say that the work failed."""
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR, code)
