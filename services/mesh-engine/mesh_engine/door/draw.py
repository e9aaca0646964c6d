"""Draws thumbnails of results that are stored, at whatever time and of whatever size somebody wants them."""

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from mesh_engine.door.errors import EngineError, Word, of_refusal
from mesh_engine.door.run import answer_of, to_the_end, whole
from mesh_engine.door.spool import Spool
from mesh_engine.door.store import MadeFile, Place, Store, StoreError
from mesh_engine.door.telemetry import span
from mesh_engine.door.workers import WorkerDied, Workers
from mesh_engine.drawable import DRAWABLE, drawn_formats
from mesh_engine.failures import Refused
from mesh_engine.generated import mesh_pb2
from mesh_engine.limits import within

_WAIT_MS: Final = 2_000


class Drawer:
    """Has workers draw.

    Parameters
    ----------
    limit : int
        So many drawings may be under way or wait; then callers are told to come again.
    """

    def __init__(self, workers: Workers, store: Store, spool: Spool, *, limit: int) -> None:
        self._workers = workers
        self._store = store
        self._spool = spool
        self._limit = limit
        self._drawing = 0

    async def draw(self, place: Place, artifacts: Sequence[mesh_pb2.Artifact], width_px: int) -> mesh_pb2.Artifact:
        """Draw a result and keep the drawing beside its files, in the place of an earlier one of this width.

        Being cancelled frees the worker.

        Raises
        ------
        EngineError
            ``INVALID_PARAMETER`` for a width outside 16 to 2048, ``UNKNOWN_ARTIFACT`` for a result of which nothing can
            be drawn, and what a worker or the store may come to.
        """
        try:
            within("width_px", width_px, 16, 2048, unit="px")
        except Refused as refused:
            raise of_refusal(refused) from refused
        wanted = _wanted(place, artifacts)
        if self._drawing >= self._limit:
            raise EngineError(Word.QUEUE_FULL, f"{self._drawing} thumbnails are being drawn or wait", _WAIT_MS)
        self._drawing += 1
        folder = self._spool.folder(place.job_id)
        try:
            with span("mesh redraw"):
                await whole(folder.mkdir)
                return await self._drawn(place, wanted, width_px, folder)
        except (StoreError, OSError) as error:
            raise EngineError(Word.STORE_UNAVAILABLE, f"the store does not answer: {error}") from error
        finally:
            self._drawing -= 1
            await to_the_end(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _drawn(self, place: Place, wanted: dict[str, str], width_px: int, folder: Path) -> mesh_pb2.Artifact:
        sources = {kind: folder / name for kind, name in wanted.items()}
        await whole(lambda: self._fetch(place, sources.values()))
        name = f"thumbnail-{width_px}.png"
        made = await self._facts(
            {
                "draw": {kind: str(path) for kind, path in sources.items()},
                "width": width_px,
                "target": str(folder / name),
            }
        )
        file = MadeFile(name, "thumbnail", "image/png", folder / name, made["bytes"], made["sha256"])
        await to_the_end(asyncio.to_thread(self._store.add, place, file))
        return mesh_pb2.Artifact(
            name=name,
            format=file.format,
            url=self._store.url(place, name),
            media_type=file.media_type,
            bytes=file.bytes,
            sha256=file.sha256,
        )

    async def _facts(self, task: dict[str, Any]) -> dict[str, Any]:
        try:
            return answer_of(await self._workers.perform(task, lambda _stage, _percent: None))
        except WorkerDied as error:
            raise EngineError(Word.WORKER_CRASH, f"the worker died: it {error}") from error

    def _fetch(self, place: Place, paths: Iterable[Path]) -> None:
        for path in paths:
            try:
                with path.open("wb") as file:
                    file.writelines(self._store.read(place, path.name, 0))
            except LookupError as error:
                message = f"the artifact {path.name} is not stored any more"
                raise EngineError(Word.UNKNOWN_ARTIFACT, message) from error


def _wanted(place: Place, artifacts: Sequence[mesh_pb2.Artifact]) -> dict[str, str]:
    """Choose what is drawn, names by format: the best of what can be, and a sprite's picture."""
    names = {artifact.format: artifact.name for artifact in artifacts}
    chosen = drawn_formats(names)
    if not chosen:
        there, allowed = ", ".join(sorted(names)) or "no files", ", ".join(DRAWABLE)
        raise EngineError(Word.UNKNOWN_ARTIFACT, f"job {place.job_id} has {there}; drawn can be one of {allowed}")
    return {kind: names[kind] for kind in chosen}
