"""One run of one job: get the picture, have the mesh made, keep what was made."""

import asyncio
import base64
import contextlib
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from google.protobuf.json_format import MessageToJson

from mesh_engine.door import metrics
from mesh_engine.door.errors import EngineError, Word
from mesh_engine.door.fetch import Fetcher
from mesh_engine.door.jobs import KnownJob
from mesh_engine.door.log import log
from mesh_engine.door.parameters import mode_number
from mesh_engine.door.spool import Spool
from mesh_engine.door.store import MadeFile, Place, Store, StoreError
from mesh_engine.door.telemetry import StageSpans, span
from mesh_engine.door.workers import WorkerDied, Workers
from mesh_engine.generated import mesh_pb2
from mesh_engine.request import Mode

FETCHED_PERCENT: Final = 5


class Runner:
    """Runs jobs with what they need."""

    def __init__(self, fetcher: Fetcher, workers: Workers, store: Store, spool: Spool) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._store = store
        self._spool = spool

    async def run(self, known: KnownJob) -> None:
        """Take a job from its picture to its end as completed.

        Being cancelled frees the worker; once the result is being kept, it is too late for that, and the job completes.

        Raises
        ------
        EngineError
            For a job that fails.
        """
        folder = self._spool.folder(known.job.job_id)
        try:
            await whole(folder.mkdir)
            known.advance(known.next_state(mesh_pb2.STATE_PROCESSING, "fetch", 0))
            image = await self._image(known.message, folder / "image")
            known.advance(known.next_state(mesh_pb2.STATE_PROCESSING, "fetch", FETCHED_PERCENT))
            made = await self._computed(known, image, folder)
            await self._kept(known, made, folder)
        except (StoreError, OSError) as error:
            raise EngineError(Word.STORE_UNAVAILABLE, f"the store does not answer: {error}") from error
        finally:
            await to_the_end(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _image(self, message: mesh_pb2.GenerateRequest, path: Path) -> Path:
        if message.WhichOneof("source") == "image":
            await whole(lambda: path.write_bytes(message.image))
            # It may be long until the end, and the digest has been taken.
            message.ClearField("image")
        else:
            with span("mesh fetch"), metrics.stage_seconds.labels("fetch").time():
                await self._fetcher.fetch(message.image_url, path)
        return path

    async def _computed(self, known: KnownJob, image: Path, folder: Path) -> dict[str, Any]:
        request = base64.b64encode(known.message.SerializeToString()).decode()
        task = {"request": request, "image": str(image), "folder": str(folder)}
        try:
            return await self._once(known, task)
        except WorkerDied as first:
            # Once may be another's fault, as when the machine had no memory left; twice is this picture's.
            log.warning("worker died, once more", extra={"fields": {"jobId": known.job.job_id, "reason": str(first)}})
        try:
            return await self._once(known, task)
        except WorkerDied as second:
            raise EngineError(Word.WORKER_CRASH, f"the worker died twice: it {second}") from second

    async def _once(self, known: KnownJob, task: dict[str, str]) -> dict[str, Any]:
        stages = StageSpans()

        def report(stage: str, percent: int) -> None:
            stages.enter(stage)
            known.advance(known.next_state(mesh_pb2.STATE_PROCESSING, stage, max(percent, FETCHED_PERCENT)))

        try:
            answer = await self._workers.perform(task, report)
        except WorkerDied:
            metrics.worker_crashes.inc()
            raise
        finally:
            stages.end()
        return answer_of(answer)

    async def _kept(self, known: KnownJob, made: dict[str, Any], folder: Path) -> None:
        place = Place(known.job.job_id, known.digest)
        final = known.next_state(
            mesh_pb2.STATE_COMPLETED,
            "stored",
            100,
            **_facts(made),
            artifacts=[_artifact(file, self._store.url(place, file["name"])) for file in made["files"]],
            timings=[mesh_pb2.Timing(stage=stage, milliseconds=ms) for stage, ms in made["timings"]],
        )
        for stage, ms in made["timings"]:
            metrics.stage_seconds.labels(stage).observe(ms / 1000)
        files = [_made_file(file, folder) for file in made["files"]]
        result = MessageToJson(final, indent=None).encode()
        with span("mesh store"), metrics.stage_seconds.labels("store").time():
            await to_the_end(asyncio.to_thread(self._store.keep, place, files, result))
        known.advance(final)


def answer_of(answer: dict[str, Any]) -> dict[str, Any]:
    """Take what was made, or raise the error that the worker's answer is."""
    if "done" in answer:
        return dict(answer["done"])
    if "refused" in answer:
        word, message = answer["refused"]
        raise EngineError(word, message)
    if "memory" in answer:
        raise EngineError(Word.MEMORY_LIMIT, "the mesh needs more memory than a worker has; ask for less detail")
    log.error("the computing part broke", extra={"fields": {"err": answer.get("broken")}})
    raise EngineError(Word.INTERNAL, "the engine broke over this picture; its log says where")


def _facts(made: dict[str, Any]) -> dict[str, Any]:
    facts = {
        "mode": mode_number(Mode(made["mode"])),
        "reason": made["reason"],
        "warnings": made["warnings"],
        "vertex_count": made["vertexCount"],
        "triangle_count": made["triangleCount"],
        "achieved_error": made["achievedError"],
        "watertight": made["watertight"],
        "volume_mm3": made["volumeMm3"],
        "bbox_mm": made["bboxMm"],
        "image_sha256": made["imageSha256"],
        "engine_version": made["engineVersion"],
    }
    # None is what a sprite has in place of being closed or not.
    return {name: value for name, value in facts.items() if value is not None}


def _artifact(file: dict[str, Any], url: str) -> mesh_pb2.Artifact:
    return mesh_pb2.Artifact(
        name=file["name"],
        format=file["format"],
        url=url,
        media_type=file["mediaType"],
        bytes=file["bytes"],
        sha256=file["sha256"],
    )


def _made_file(file: dict[str, Any], folder: Path) -> MadeFile:
    name = str(file["name"])
    # From the process that reads pictures of strangers: a name, and nothing that leads elsewhere.
    if Path(name).name != name or name.startswith("."):
        raise EngineError(Word.INTERNAL, "the worker made a file with a strange name")
    return MadeFile(name, file["format"], file["mediaType"], folder / name, file["bytes"], file["sha256"])


async def whole(work: Callable[[], object]) -> None:
    """Have a thread do something. Cancelled meanwhile, wait for it first: nothing is written behind who cleans up."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await to_the_end(doing)
        raise


async def to_the_end(work: Awaitable[object]) -> None:
    """Wait for what a thread does, however often this task is cancelled meanwhile: the thread goes on anyway."""
    future = asyncio.ensure_future(work)
    while not future.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(future)
    future.result()
