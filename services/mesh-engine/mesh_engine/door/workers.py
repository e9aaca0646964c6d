"""The processes that compute: as many as there are cores, and a warm one to take the place of one that is killed."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import mesh_engine
from mesh_engine.door.log import log

RECYCLE_AFTER: Final = 200
START_WITHIN_S: Final = 60.0
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0

_LINE_LIMIT: Final = 4 * 1024 * 1024
_ROOT: Final = Path(mesh_engine.__file__).parent.parent
# What a worker inherits: nothing that is secret, for it reads pictures of strangers.
_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")

Report = Callable[[str, int], None]
Task = dict[str, Any]


class WorkerDied(Exception):
    """A worker ended in the middle of a job, by itself or by somebody's signal."""


class WorkerGone(WorkerDied):
    """A worker had ended before it took the job: whatever ended it, the job did not."""


class Worker:
    """One process that computes one job at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.jobs = 0

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended as far as is known."""
        return self._process.returncode is None

    @classmethod
    async def start(cls, memory_mb: int) -> "Worker":
        """Start a process and wait until it can take a job.

        Raises
        ------
        WorkerDied
            When it ends before, or takes longer than a minute.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mesh_engine.door.worker", str(os.getpid()), str(memory_mb)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_ROOT,
            env={
                **{name: os.environ[name] for name in _INHERITED if name in os.environ},
                # One core each: as many are started as are meant to be used.
                **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
            },
            limit=_LINE_LIMIT,
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await worker._answer()
        except BaseException as error:
            await worker.kill()
            if isinstance(error, TimeoutError):
                raise WorkerDied(f"was not ready within {START_WITHIN_S:g} s") from error
            raise
        return worker

    async def perform(self, task: Task, report: Report) -> dict[str, Any]:
        """Have a job done.

        Parameters
        ----------
        task : dict
            As the worker's module understands it.
        report : callable
            Is told every stage and how much of the whole is done.

        Returns
        -------
        dict
            One of ``done``, ``refused``, ``memory``, ``broken`` with what belongs to it.

        Raises
        ------
        WorkerGone
            When the process has ended before it took the job.
        WorkerDied
            When the process ends in the middle of it.
        """
        self.jobs += 1
        await self._hand_over(task)
        while True:
            answer = await self._answer()
            if "stage" not in answer:
                return answer
            stage, percent = answer["stage"]
            report(str(stage), int(percent))

    async def _hand_over(self, task: Task) -> None:
        assert self._process.stdin
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(f"{json.dumps(task)}\n".encode())
            await self._process.stdin.drain()
        try:
            await self._answer()
        except WorkerDied as error:
            raise WorkerGone(str(error)) from error

    async def kill(self) -> None:
        """End the process, whatever it does; returns when it is gone. Safe twice."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            code = await self._process.wait()
            raise WorkerDied(f"ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}")
        return dict(json.loads(line))


class Workers:
    """Keeps its number of workers ready, whatever becomes of them.

    Parameters
    ----------
    count : int
        How many jobs are computed at once.
    memory_mb : int
        Address space of each in MiB.
    on_change : callable
        Called when workers get ready or lost.
    recycle_after : int
        Jobs after which a worker is replaced: what libraries leak is bounded so.
    """

    def __init__(
        self,
        count: int,
        memory_mb: int,
        on_change: Callable[[], None] = lambda: None,
        *,
        recycle_after: int = RECYCLE_AFTER,
    ) -> None:
        self.count = count
        self._memory_mb = memory_mb
        self._on_change = on_change
        self._recycle_after = recycle_after
        self._places = asyncio.Semaphore(count)
        # The last one that worked is the first to work again; the spare rests below.
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._alive: set[Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._stopped = False

    @property
    def pids(self) -> list[int]:
        """The processes that are ready or at work, in no order."""
        return [worker.pid for worker in self._alive]

    @property
    def is_ready(self) -> bool:
        """Whether there is any worker."""
        return bool(self._alive)

    def start(self) -> None:
        """Begin to start the processes; jobs wait for the first."""
        for _ in range(self.count + 1):
            self._start_another()

    async def stop(self) -> None:
        """Kill all. Safe twice."""
        self._stopped = True
        for task in list(self._starting):
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._alive))
        self._alive.clear()

    async def perform(self, task: Task, report: Report) -> dict[str, Any]:
        """Have a job done by the next worker that is free.

        Being cancelled kills the worker. Raises and returns what `Worker.perform` does.
        """
        async with self._places:
            while True:
                # The death of one that rested may not have been noticed yet.
                with contextlib.suppress(WorkerGone):
                    return await self._perform_by(await self._take(), task, report)

    async def _perform_by(self, worker: Worker, task: dict[str, str], report: Report) -> dict[str, Any]:
        keep = False
        try:
            answer = await worker.perform(task, report)
            keep = "memory" not in answer and worker.jobs < self._recycle_after
            return answer
        finally:
            if keep:
                self._idle.put_nowait(worker)
            else:
                await self._replace(worker)

    async def _take(self) -> Worker:
        while True:
            worker = await self._idle.get()
            if worker.is_alive:
                return worker
            await self._replace(worker)

    async def _replace(self, worker: Worker) -> None:
        self._alive.discard(worker)
        if not self._stopped:
            self._start_another()
        self._on_change()
        await worker.kill()

    def _start_another(self) -> None:
        task = asyncio.create_task(self._start_one())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_one(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                worker = await Worker.start(self._memory_mb)
                break
            except (WorkerDied, OSError) as error:
                log.error("worker does not start", extra={"fields": {"reason": str(error), "again_in_s": pause_s}})
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._alive.add(worker)
        self._idle.put_nowait(worker)
        self._on_change()
