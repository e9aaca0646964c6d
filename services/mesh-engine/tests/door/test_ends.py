"""Jobs that end otherwise than by being done: cancelled, too late, too large, with a worker that dies."""

import asyncio
import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mesh_engine.generated import mesh_pb2
from tests.door.conftest import MEDIUM, EngineUnderTest, Host, Told, engine_under_test, long_wish, until, wish

CANCELLED, COMPLETED, FAILED = mesh_pb2.STATE_CANCELLED, mesh_pb2.STATE_COMPLETED, mesh_pb2.STATE_FAILED
# A fifth of a second: more than a worker that rests ever uses.
WORKING_TICKS = 20


async def test_cancelling_frees_the_worker_whatever_it_does(engine: EngineUnderTest) -> None:
    message = long_wish()
    await engine.generate(message)
    await engine.until_stage(message.job_id, "triangulate")

    cancelled = await engine.cancel(message.job_id)
    next_one = await engine.make(wish())

    assert (cancelled.state, cancelled.HasField("finished_at")) == (CANCELLED, True)
    assert next_one.state == COMPLETED
    await until(lambda: engine.spooled() == [])


async def test_cancelling_while_waiting_leaves_the_others_in_their_order(engine: EngineUnderTest) -> None:
    wishes = [long_wish() for _ in range(4)]
    for message in wishes:
        await engine.generate(message)

    cancelled = await engine.cancel(wishes[2].job_id)
    place = (await engine.status(wishes[3].job_id)).queue_position
    for message in wishes:
        await engine.cancel(message.job_id)

    assert cancelled.state == CANCELLED
    assert place == 1


async def test_cancelling_while_the_picture_is_fetched_lets_go_of_its_host(engine: EngineUnderTest, host: Host) -> None:
    closed = asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        try:
            # waits: plays a host that does not answer
            await asyncio.sleep(60)
        finally:
            closed.set()
        return web.Response()

    host.answer = never
    message = wish(image_url=host.url)
    await engine.generate(message)
    await host.until(1)

    cancelled = await engine.cancel(message.job_id)

    assert cancelled.state == CANCELLED
    await until(lambda: engine.spooled() == [])


async def test_cancelling_while_the_folder_of_a_job_is_being_made_leaves_no_folder(
    engine: EngineUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = wish()
    begun, may_go_on, is_made = threading.Event(), threading.Event(), threading.Event()
    mkdir = Path.mkdir

    def slow(path: Path, *args: Any, **more: Any) -> None:
        is_the_jobs = path.name.startswith(message.job_id)
        if is_the_jobs:
            begun.set()
            may_go_on.wait(30)
        mkdir(path, *args, **more)
        if is_the_jobs:
            is_made.set()

    monkeypatch.setattr(Path, "mkdir", slow)
    await engine.generate(message)
    await until(begun.is_set)
    known = engine.engine._desk._book.get(message.job_id)
    cancelling = asyncio.create_task(engine.cancel(message.job_id))
    await until(lambda: bool(known and known.is_cancelled))

    may_go_on.set()
    cancelled = await cancelling
    await until(is_made.is_set)

    assert cancelled.state == CANCELLED
    assert engine.spooled() == []


async def test_what_has_ended_stays_as_it_ended(engine: EngineUnderTest) -> None:
    done, gone = wish(), long_wish()
    await engine.make(done)
    await engine.generate(gone)
    await engine.cancel(gone.job_id)

    states = [(await engine.cancel(message.job_id)).state for message in (done, gone, done, gone)]
    again = await engine.generate(gone)

    assert states == [COMPLETED, CANCELLED] * 2
    assert again.state == CANCELLED


async def test_a_job_beyond_its_time_fails_in_passing_and_begins_anew_when_asked(engine: EngineUnderTest) -> None:
    message = long_wish(timeout_seconds=1)

    late = await engine.make(message)
    message.wait = False
    again = await engine.generate(message)
    await engine.cancel(message.job_id)

    assert (late.state, late.failure.code, late.failure.permanent) == (FAILED, "JOB_TIMEOUT", False)
    assert late.failure.retry_after_ms > 0
    assert again.state == mesh_pb2.STATE_ACCEPTED
    assert again.seq > late.seq


async def test_time_spent_waiting_counts(engine: EngineUnderTest) -> None:
    busy = [long_wish() for _ in range(2)]
    for message in busy:
        await engine.generate(message)

    late = await engine.make(wish(timeout_seconds=1))
    for message in busy:
        await engine.cancel(message.job_id)

    assert (late.state, late.failure.code) == (FAILED, "JOB_TIMEOUT")


async def test_a_worker_that_is_killed_once_costs_nothing(engine: EngineUnderTest) -> None:
    message = wish(image=MEDIUM)
    await engine.generate(message)
    await engine.until_stage(message.job_id, "triangulate")
    os.kill(await _at_work(engine), signal.SIGKILL)

    states = await engine.states(message.job_id)

    assert states[-1].state == COMPLETED
    assert [job.progress for job in states] == sorted(job.progress for job in states)


async def test_a_picture_that_kills_two_workers_fails_as_a_crash(engine: EngineUnderTest) -> None:
    message = long_wish()
    await engine.generate(message)
    for _ in range(2):
        victim = await _at_work(engine)
        os.kill(victim, signal.SIGKILL)
        await until(lambda gone=victim: gone not in engine.engine.worker_pids)  # type: ignore[misc]

    job = (await engine.states(message.job_id))[-1]

    assert (job.state, job.failure.code, job.failure.permanent) == (FAILED, "WORKER_CRASH", False)
    assert "signal 9" in job.failure.message
    assert (await engine.make(wish())).state == COMPLETED


async def test_a_spare_that_dies_while_it_rests_is_replaced(engine: EngineUnderTest) -> None:
    await engine.make(wish())
    await until(lambda: len(engine.engine.worker_pids) == 2)
    for pid in engine.engine.worker_pids:
        with contextlib.suppress(ProcessLookupError):  # one that is being replaced just now
            os.kill(pid, signal.SIGKILL)

    assert (await engine.make(wish())).state == COMPLETED
    await until(lambda: len(engine.engine.worker_pids) == 2)


async def test_more_memory_than_a_worker_has_is_told_as_that(tmp_path: Path) -> None:
    async with engine_under_test(tmp_path, WORKER_MEMORY_MB="400") as engine:
        await until(lambda: len(engine.engine.worker_pids) == 2)
        before = set(engine.engine.worker_pids)

        job = await engine.make(long_wish())

        assert (job.state, job.failure.code, job.failure.permanent) == (FAILED, "MEMORY_LIMIT", False)
        # What ran out of memory once is not trusted any more.
        await until(lambda: len(engine.engine.worker_pids) == 2)
        assert len(before & set(engine.engine.worker_pids)) == 1


async def test_draining_finishes_what_runs_and_takes_nothing_new(tmp_path: Path) -> None:
    async with engine_under_test(tmp_path, DRAIN_SECONDS="30") as engine:
        running = wish(image=MEDIUM)
        await engine.generate(running)
        states = asyncio.create_task(engine.states(running.job_id))
        await engine.until_stage(running.job_id, "triangulate")
        stopping = asyncio.create_task(engine.engine.stop())
        await until(lambda: engine.engine._desk._is_draining)

        with pytest.raises(Told, match="UNAVAILABLE") as told:
            await engine.generate(wish())
        await stopping

        assert told.value.word == "DRAINING"
        assert (await states)[-1].state == COMPLETED


async def test_draining_lets_go_of_what_takes_too_long_and_asking_elsewhere_begins_it_anew(tmp_path: Path) -> None:
    message = wish(image=MEDIUM)
    async with engine_under_test(tmp_path) as engine:
        await engine.generate(message)
        states = asyncio.create_task(engine.states(message.job_id))
        await engine.until_stage(message.job_id, "triangulate")
        await engine.engine.stop()
        with pytest.raises(Told, match="UNAVAILABLE") as told:
            await states

    assert told.value.word == "DRAINING"

    assert not list(tmp_path.glob("meshes/*"))
    assert not list(tmp_path.glob(".spool/*"))
    async with engine_under_test(tmp_path) as other:
        assert (await other.make(message)).state == COMPLETED


async def _at_work(engine: EngineUnderTest) -> int:
    """The worker that computes: the one that goes on using a core. Starting up has cost each of them some time, too."""
    before: dict[int, int] = {}
    async with asyncio.timeout(30):
        while True:
            for pid in engine.engine.worker_pids:
                now = _ticks(pid)
                if now - before.setdefault(pid, now) >= WORKING_TICKS:
                    return pid
            # waits: between two looks at what the workers have used
            await asyncio.sleep(0.01)


def _ticks(pid: int) -> int:
    """Hundredths of a second that a process has used of a core; 0 for one that is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(fields[11]) + int(fields[12])
