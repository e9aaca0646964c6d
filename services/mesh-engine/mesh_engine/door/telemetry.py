"""Traces that go on where the caller's came from, and their way out of the process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

tracer = trace.get_tracer("mesh_engine")

FLUSH_WITHIN_MS: Final = 2_000


class Telemetry:
    """Makes spans, so that trace ids reach logs and callbacks; they leave only when there is where to.

    Parameters
    ----------
    service_name : str
        As traces show it.
    endpoint : str
        OTLP over HTTP, without ``/v1/traces``; empty for none.
    """

    def __init__(self, service_name: str, endpoint: str) -> None:
        self._provider = TracerProvider(resource=Resource.create({"service.name": service_name}))
        if endpoint:
            exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
            self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
        trace.set_tracer_provider(self._provider)

    def close(self) -> None:
        """Send what is still waiting, for two seconds at most."""
        self._provider.force_flush(FLUSH_WITHIN_MS)


def caller_context(metadata: Iterable[tuple[str, str | bytes]]) -> Context:
    """Find the trace that a call belongs to, by its metadata."""
    return propagate.extract({key: value for key, value in metadata if isinstance(value, str)})


@contextmanager
def span(name: str, parent: Context | None = None, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """Be in a span, which logs and outgoing calls then belong to. An exception marks it, by its kind only."""
    made = tracer.start_span(name, parent, kind)
    token = otel_context.attach(trace.set_span_in_context(made, parent))
    try:
        yield made
    except BaseException as error:
        made.set_status(Status(StatusCode.ERROR, type(error).__name__))
        raise
    finally:
        otel_context.detach(token)
        made.end()


def trace_headers() -> dict[str, str]:
    """Tell the next one which trace this is."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


class StageSpans:
    """A span for each stage of a job, as the worker tells of them."""

    def __init__(self) -> None:
        self._parent = otel_context.get_current()
        self._stage = ""
        self._span: Span | None = None

    def enter(self, stage: str) -> None:
        """Be in a stage; the one before has ended."""
        if stage == self._stage:
            return
        self.end()
        self._stage = stage
        self._span = tracer.start_span(f"mesh {stage}", self._parent)

    def end(self) -> None:
        """Be in none."""
        if self._span:
            self._span.end()
        self._span = None
        self._stage = ""
