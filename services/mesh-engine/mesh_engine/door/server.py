"""The calls over gRPC, and the process that answers them from its start to its end."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from opentelemetry.trace import SpanKind

from mesh_engine.door import metrics
from mesh_engine.door.callback import Callbacks
from mesh_engine.door.config import Config
from mesh_engine.door.desk import Desk
from mesh_engine.door.draw import Drawer
from mesh_engine.door.errors import EngineError, Word, rich_status
from mesh_engine.door.fetch import Fetcher
from mesh_engine.door.log import log
from mesh_engine.door.run import Runner
from mesh_engine.door.spool import Spool
from mesh_engine.door.store import open_store
from mesh_engine.door.telemetry import caller_context, span
from mesh_engine.door.workers import Workers
from mesh_engine.generated import mesh_pb2

SERVICE: Final = "mesh.v1.MeshEngineService"
# What a stop gives those callers that still listen after the last job.
CLOSE_WITHIN_S: Final = 2.0

Call = grpc.aio.ServicerContext[Any, Any]
Unary = Callable[[Any], Awaitable[Message]]
Streaming = Callable[[Any], AsyncIterator[Message]]


def calls_of(desk: Desk) -> grpc.GenericRpcHandler:
    """Make the service of its calls, by the contract's own description of them.

    Written here and not taken from the generated module, because that answers bytes that are no message with INTERNAL,
    as if trying again could help.
    """
    unary: dict[str, Unary] = {
        "Generate": desk.generate,
        "GetStatus": lambda request: desk.status(request.job_id),
        "Cancel": lambda request: desk.cancel(request.job_id),
        "DrawThumbnail": lambda request: desk.thumbnail(request.job_id, request.width_px),
    }
    streaming: dict[str, Streaming] = {
        "StreamProgress": lambda request: desk.progress(request.job_id),
        "GetArtifact": lambda request: desk.artifact(request.job_id, request.name, request.offset),
    }
    handlers = {}
    for method in mesh_pb2.DESCRIPTOR.services_by_name["MeshEngineService"].methods:
        name = method.name
        made = _streaming(name, streaming[name]) if method.server_streaming else _unary(name, unary[name])
        shape = grpc.unary_stream_rpc_method_handler if method.server_streaming else grpc.unary_unary_rpc_method_handler
        read = _reader(getattr(mesh_pb2, method.input_type.name))
        handlers[name] = shape(made, request_deserializer=read, response_serializer=_bytes_of)
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


def _bytes_of(message: Message) -> bytes:
    return message.SerializeToString()


def _reader(message: type[Message]) -> Callable[[bytes], Message | EngineError]:
    def read(data: bytes) -> Message | EngineError:
        try:
            return message.FromString(data)
        except DecodeError:
            return EngineError(Word.INVALID_MESSAGE, f"the bytes are no {message.DESCRIPTOR.full_name}")

    return read


def _unary(name: str, method: Unary) -> Callable[[Any, Call], Awaitable[Message]]:
    async def answer(request: Message | EngineError, call: Call) -> Message:
        begun = time.perf_counter()
        try:
            with span(f"{SERVICE}/{name}", caller_context(call.invocation_metadata() or ()), SpanKind.SERVER):
                return await method(_readable(request))
        except Exception as error:
            await _abort(call, name, error)
            raise
        finally:
            _count(name, call)
            metrics.call_seconds.labels(name).observe(time.perf_counter() - begun)

    return answer


def _streaming(name: str, method: Streaming) -> Callable[[Any, Call], AsyncIterator[Message]]:
    async def answer(request: Message | EngineError, call: Call) -> AsyncIterator[Message]:
        try:
            async for message in method(_readable(request)):
                yield message
        except Exception as error:
            await _abort(call, name, error)
        finally:
            _count(name, call)

    return answer


def _readable(request: Message | EngineError) -> Message:
    if isinstance(request, EngineError):
        raise request
    return request


async def _abort(call: Call, name: str, error: Exception) -> None:
    if not isinstance(error, EngineError):
        log.error("a call broke", exc_info=error, extra={"fields": {"call": name}})
        error = EngineError(Word.INTERNAL, "the engine broke over this call; its log says where")
    details = rich_status(error).SerializeToString()
    await call.abort(error.code, error.message, (("grpc-status-details-bin", details),))


def _count(name: str, call: Call) -> None:
    code = call.code()
    metrics.calls.labels(name, code.name if isinstance(code, grpc.StatusCode) else "OK").inc()


class Engine:
    """The whole process but its signals.

    Parameters
    ----------
    config : Config
        Checked.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._store = open_store(config.artifacts_url)
        self._spool = Spool(self._store.spool)
        self._callbacks = Callbacks(config.callback_secret, config.callback_base_url)
        self._health = health.aio.HealthServicer()
        self._workers = Workers(config.workers, config.worker_memory_mb, self._show_health)
        self._server = grpc.aio.server()
        self._is_draining = False
        self._showing: set[asyncio.Task[None]] = set()
        fetcher = Fetcher(config.image_fetch_allow, config.projects_url)
        runner = Runner(fetcher, self._workers, self._store, self._spool)
        drawer = Drawer(self._workers, self._store, self._spool, limit=config.queue_limit)
        self._desk = Desk(
            runner, drawer, self._store, self._callbacks, workers=config.workers, queue_limit=config.queue_limit
        )

    @property
    def worker_pids(self) -> list[int]:
        """The processes of the workers that are ready or at work."""
        return self._workers.pids

    async def start(self) -> int:
        """Begin to answer; returns the port. Health says when workers are ready."""
        await asyncio.to_thread(self._store.check)
        await asyncio.to_thread(self._spool.open)
        self._server.add_generic_rpc_handlers((calls_of(self._desk),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        await self._health.set(SERVICE, health_pb2.HealthCheckResponse.NOT_SERVING)
        port = self._server.add_insecure_port(f"[::]:{self._config.port}")
        self._workers.start()
        await self._server.start()
        return port

    async def stop(self) -> None:
        """Take no more, finish what can be finished in time, and end everything. Safe twice."""
        self._is_draining = True
        await self._health.enter_graceful_shutdown()
        await self._desk.drain(self._config.drain_seconds)
        await self._callbacks.close(CLOSE_WITHIN_S)
        await self._server.stop(CLOSE_WITHIN_S)
        await self._workers.stop()
        await asyncio.to_thread(self._spool.close)

    def _show_health(self) -> None:
        metrics.workers_alive.set(len(self._workers.pids))
        serving = health_pb2.HealthCheckResponse.SERVING
        status = serving if self._workers.is_ready else health_pb2.HealthCheckResponse.NOT_SERVING
        task = asyncio.create_task(self._health.set(SERVICE, status))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)


async def serve(config: Config) -> None:
    """Run an engine until SIGTERM or SIGINT, and drain it."""
    asked = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, asked.set)
    engine = Engine(config)
    port = await engine.start()
    log.info("listening", extra={"fields": {"port": port, "workers": config.workers}})
    await asked.wait()
    log.info("draining", extra={"fields": {"seconds": config.drain_seconds}})
    await engine.stop()
    log.info("ended")
