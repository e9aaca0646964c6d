"""Takes jobs, knows how they stand, lets go of them: everything that the calls are about, without gRPC."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final, TypeVar

from google.protobuf.json_format import Parse, ParseError

from mesh_engine.door import contract, metrics
from mesh_engine.door.addresses import check_form
from mesh_engine.door.callback import Callbacks
from mesh_engine.door.draw import Drawer
from mesh_engine.door.errors import EngineError, Word, failure_of
from mesh_engine.door.jobs import ENDED, JobBook, KnownJob
from mesh_engine.door.log import log
from mesh_engine.door.run import Runner
from mesh_engine.door.store import Place, Store, StoreError
from mesh_engine.door.telemetry import span
from mesh_engine.generated import mesh_pb2

Answer = TypeVar("Answer")

# A picture is fetched while the workers are busy with the ones before it.
AHEAD: Final = 2
SHORTEST_WAIT_MS: Final = 500
LONGEST_WAIT_MS: Final = 60_000


class Desk:
    """The jobs of this process.

    Parameters
    ----------
    workers : int
        Twice as many jobs are under way at once: while one is computed, the next one's picture is fetched.
    queue_limit : int
        So many more wait; then callers are told to come again.
    """

    def __init__(
        self, runner: Runner, drawer: Drawer, store: Store, callbacks: Callbacks, *, workers: int, queue_limit: int
    ) -> None:
        self._runner = runner
        self._drawer = drawer
        self._store = store
        self._callbacks = callbacks
        self._book = JobBook()
        self._places = asyncio.Semaphore(workers * AHEAD)
        self._waiting: dict[str, None] = {}
        self._limit = workers * AHEAD + queue_limit
        self._workers = workers
        self._mean_s = 2.0
        self._is_draining = False

    async def generate(self, message: mesh_pb2.GenerateRequest) -> mesh_pb2.Job:
        """Take a job, or give the state of the one known or stored under its id; wait for the end when asked to."""
        contract.check_message(message)
        if message.WhichOneof("source") == "image_url":
            check_form(message.image_url)
        self._callbacks.check(message.callback_url)
        known = await self._known_or_taken(message, contract.digest_of(message))
        if isinstance(known, mesh_pb2.Job):
            return known
        if message.wait:
            async for _ in self._states(known):
                pass
        return self._shown(known)

    async def status(self, job_id: str) -> mesh_pb2.Job:
        """Tell how a job stands."""
        contract.check_job_id(job_id)
        known = self._book.get(job_id)
        return self._shown(known) if known else (await self._stored(job_id))[1]

    async def progress(self, job_id: str) -> AsyncIterator[mesh_pb2.Job]:
        """Give the present state, then every change, up to a final one."""
        contract.check_job_id(job_id)
        known = self._book.get(job_id)
        if not known:
            yield (await self._stored(job_id))[1]
            return
        async for job in self._states(known):
            yield job

    async def cancel(self, job_id: str) -> mesh_pb2.Job:
        """Let go of a job. Returns when its worker is free."""
        contract.check_job_id(job_id)
        known = self._book.get(job_id)
        if not known:
            return (await self._stored(job_id))[1]
        if known.task and not known.has_ended:
            known.is_cancelled = True
            known.task.cancel()
            await asyncio.wait([known.task])
        return self._shown(known)

    async def artifact(self, job_id: str, name: str, offset: int) -> AsyncIterator[mesh_pb2.Chunk]:
        """Give a stored file from an offset on."""
        contract.check_job_id(job_id)
        place, job = await self._found(job_id)
        found = next((artifact for artifact in job.artifacts if artifact.name == name), None)
        if not found:
            raise EngineError(Word.UNKNOWN_ARTIFACT, f"job {job_id} has no artifact {name[:150]!r}")
        if offset > found.bytes:
            raise EngineError(Word.INVALID_OFFSET, f"offset is {offset}; {name} has {found.bytes} bytes")
        chunks = self._store.read(place, name, offset)
        while chunk := await _next(lambda: next(chunks, b""), name):
            yield mesh_pb2.Chunk(data=chunk, offset=offset, total_bytes=found.bytes)
            offset += len(chunk)

    async def thumbnail(self, job_id: str, width_px: int) -> mesh_pb2.Artifact:
        """Draw a stored result anew and keep the drawing beside its files."""
        contract.check_job_id(job_id)
        self._refuse_when_draining()
        place, job = await self._found(job_id)
        return await self._drawer.draw(place, job.artifacts, width_px)

    async def drain(self, within_s: float) -> None:
        """Take no more jobs, and wait for those that are there; what is left then is let go without an end."""
        self._is_draining = True
        tasks = [known.task for known in self._book.live if known.task]
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        left = self._book.live
        for known in left:
            known.abandon()
            if known.task:
                known.task.cancel()
        await asyncio.gather(*(known.task for known in left if known.task), return_exceptions=True)
        if left:
            log.warning("jobs were let go; they begin anew elsewhere", extra={"fields": {"count": len(left)}})

    async def _known_or_taken(self, message: mesh_pb2.GenerateRequest, digest: str) -> KnownJob | mesh_pb2.Job:
        known = self._known(message, digest)
        if known:
            return known
        stored = await self._stored_as(message, digest)
        if stored:
            return stored
        # Somebody may have asked for the same meanwhile.
        known = self._known(message, digest)
        return known or self._take(message, digest)

    def _known(self, message: mesh_pb2.GenerateRequest, digest: str) -> KnownJob | None:
        known = self._book.get(message.job_id)
        if not known:
            return None
        if known.digest != digest:
            raise _other_content(message.job_id)
        if known.may_begin_anew:
            return None
        known.told_by(message)
        return known

    def _take(self, message: mesh_pb2.GenerateRequest, digest: str) -> KnownJob:
        self._refuse_when_draining()
        live = len(self._book.live)
        if live >= self._limit:
            raise EngineError(
                Word.QUEUE_FULL, f"{live} jobs are under way or waiting", self._wait_ms(), {"jobs": str(live)}
            )
        known = KnownJob(message, digest)
        self._book.add(known)
        self._waiting[message.job_id] = None
        metrics.jobs_live.inc()
        self._callbacks.follow(known)
        known.task = asyncio.create_task(self._go(known))
        return known

    async def _go(self, known: KnownJob) -> None:
        """Take a job to its end, whatever that is."""
        begun = time.monotonic()
        job_id = known.job.job_id
        try:
            with span("mesh job") as traced:
                traced.set_attribute("mesh.job_id", job_id)
                async with asyncio.timeout(contract.timeout_of(known.message)):
                    await self._in_turn(known)
            self._mean_s += (time.monotonic() - begun - self._mean_s) / 8
        except TimeoutError:
            limit = f"{contract.timeout_of(known.message):g} s"
            _fail(known, EngineError(Word.JOB_TIMEOUT, f"the job was not done within {limit}"))
        except EngineError as error:
            _fail(known, error)
        except asyncio.CancelledError:
            if known.is_cancelled:
                known.advance(known.next_state(mesh_pb2.STATE_CANCELLED, "cancelled", 0))
        except Exception:
            log.exception("a job broke", extra={"fields": {"jobId": job_id}})
            _fail(known, EngineError(Word.INTERNAL, "the engine broke over this job; its log says where"))
        finally:
            self._waiting.pop(job_id, None)
            metrics.jobs_live.dec()
            _count(known, time.monotonic() - begun)

    async def _in_turn(self, known: KnownJob) -> None:
        async with self._places:
            self._waiting.pop(known.job.job_id, None)
            await self._runner.run(known)

    async def _states(self, known: KnownJob) -> AsyncIterator[mesh_pb2.Job]:
        watcher = known.watch()
        try:
            while job := await watcher.get():
                yield self._shown(known) if job is known.job else job
                if job.state in ENDED:
                    return
        finally:
            known.unwatch(watcher)
        raise EngineError(Word.DRAINING, "this engine is about to end; ask another one for the job")

    def _shown(self, known: KnownJob) -> mesh_pb2.Job:
        """Add the place in the queue, which changes without the job's doing."""
        if known.job.job_id not in self._waiting or known.has_ended:
            return known.job
        shown = mesh_pb2.Job()
        shown.CopyFrom(known.job)
        shown.queue_position = list(self._waiting).index(known.job.job_id) + 1
        return shown

    def _wait_ms(self) -> int:
        """About the time until a worker has done its present job."""
        return round(min(max(self._mean_s / self._workers * 1000, SHORTEST_WAIT_MS), LONGEST_WAIT_MS))

    async def _stored_as(self, message: mesh_pb2.GenerateRequest, digest: str) -> mesh_pb2.Job | None:
        """Find the stored result of this job; one of another content refuses it."""
        digests = await self._asked(lambda: self._store.digests(message.job_id))
        for found in sorted(digests, key=lambda one: one != digest):
            job = await self._result(message.job_id, found)
            if not job:
                continue
            if found != digest:
                raise _other_content(message.job_id)
            job.fence = message.fence
            job.labels.clear()
            job.labels.update(message.labels)
            return job
        return None

    def _refuse_when_draining(self) -> None:
        if self._is_draining:
            raise EngineError(Word.DRAINING, "this engine is about to end; ask another one")

    async def _found(self, job_id: str) -> tuple[Place, mesh_pb2.Job]:
        known = self._book.get(job_id)
        return (Place(job_id, known.digest), known.job) if known else await self._stored(job_id)

    async def _stored(self, job_id: str) -> tuple[Place, mesh_pb2.Job]:
        for digest in await self._asked(lambda: self._store.digests(job_id)):
            job = await self._result(job_id, digest)
            if job:
                return Place(job_id, digest), job
        raise EngineError(Word.UNKNOWN_JOB, f"job {job_id} is neither known nor stored here; ask for it again")

    async def _result(self, job_id: str, digest: str) -> mesh_pb2.Job | None:
        text = await self._asked(lambda: self._store.result(Place(job_id, digest)))
        if text is None:
            return None
        try:
            return Parse(text, mesh_pb2.Job(), ignore_unknown_fields=True)
        except ParseError:
            # As good as none: the job is made once more, and the result written again.
            log.error("a stored result cannot be read", extra={"fields": {"jobId": job_id, "digest": digest}})
            return None

    async def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return await asyncio.to_thread(question)
        except StoreError as error:
            raise EngineError(Word.STORE_UNAVAILABLE, f"the store does not answer: {error}") from error


def _fail(known: KnownJob, error: EngineError) -> None:
    known.advance(known.next_state(mesh_pb2.STATE_FAILED, "failed", 0, failure=failure_of(error)))


def _other_content(job_id: str) -> EngineError:
    return EngineError(Word.OTHER_CONTENT, f"job {job_id} was asked for with another picture or other parameters")


def _count(known: KnownJob, seconds: float) -> None:
    if not known.has_ended:
        return
    job = known.job
    state = mesh_pb2.State.Name(job.state).removeprefix("STATE_").lower()
    mode = mesh_pb2.Mode.Name(job.mode).removeprefix("MODE_").lower()
    metrics.jobs_ended.labels(mode, state, job.failure.code).inc()
    metrics.job_seconds.labels(state).observe(seconds)
    fields = {"jobId": job.job_id, "state": state, "mode": mode, "ms": round(seconds * 1000), "code": job.failure.code}
    log.info("job ended", extra={"fields": {name: value for name, value in fields.items() if value != ""}})


async def _next(read: Callable[[], bytes], name: str) -> bytes:
    try:
        return await asyncio.to_thread(read)
    except LookupError as error:
        raise EngineError(Word.UNKNOWN_ARTIFACT, f"the artifact {name} is not stored any more") from error
    except StoreError as error:
        raise EngineError(Word.STORE_UNAVAILABLE, f"the store does not answer: {error}") from error
