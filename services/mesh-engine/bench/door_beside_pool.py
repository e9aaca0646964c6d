"""The engine's door beside the same work called directly in a pool of processes; prints JSON.

The door runs as it is deployed, in a process of its own with workers of its own; this program is its only client.
"""

import asyncio
import io
import json
import os
import signal
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import numpy as np
from PIL import Image

from mesh_engine.door.parameters import request_of
from mesh_engine.generated import mesh_pb2, mesh_pb2_grpc
from mesh_engine.pipeline import make_mesh

Stub = mesh_pb2_grpc.MeshEngineServiceStub

WORKERS = 2
# A worker takes some tenths of a second for it.
PICTURE_PX = 512
# So small that next to nothing but the way remains.
TINY_PX = 8


def main(jobs: int) -> None:
    """Measure and print what came out; the pool's and the door's rounds take turns, and the best of each counts."""
    print(json.dumps(asyncio.run(measured(jobs))))  # noqa: T201 - its output


async def measured(jobs: int) -> dict[str, float]:
    """All figures, with one door."""
    picture = png(PICTURE_PX)
    with ProcessPoolExecutor(WORKERS, initializer=os.nice, initargs=(5,)) as pool:
        list(pool.map(made, [wish(png(TINY_PX)).SerializeToString()] * WORKERS * 2))
        async with door() as stub:
            await through(stub, png(TINY_PX), WORKERS * 2)
            rounds = [(direct(pool, picture, jobs), await through(stub, picture, jobs)) for _ in range(3)]
            # In a round of its own: who asks a hundred times a second takes time of the same cores.
            asked: list[float] = []
            await through(stub, picture, jobs, asked)
            return {
                "jobs": jobs,
                "poolJobsPerSecond": jobs / min(pool_seconds for pool_seconds, _ in rounds),
                "doorJobsPerSecond": jobs / min(door_seconds for _, door_seconds in rounds),
                "overheadMs": await overhead_ms(stub),
                "statusP99Ms": 1_000 * float(np.quantile(asked, 0.99)),
                "cancelToNextMs": await cancel_to_next_ms(stub),
            }


def png(side_px: int) -> bytes:
    """A smooth landscape with some noise."""
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    noise = np.random.default_rng(1).normal(0, 4, (side_px, side_px))
    grey = np.clip(128 + 90 * np.sin(7 * x) * np.cos(5 * y) + noise, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


def wish(picture: bytes, *, wait: bool = False) -> mesh_pb2.GenerateRequest:
    """A relief of a picture."""
    return mesh_pb2.GenerateRequest(
        job_id=uuid.uuid4().hex,
        mode=mesh_pb2.MODE_RELIEF,
        formats=[mesh_pb2.FORMAT_STL],
        thumbnail_px=0,
        image=picture,
        wait=wait,
    )


def hard_wish() -> mesh_pb2.GenerateRequest:
    """One that keeps a worker busy for longer than this program waits."""
    message = wish(png(1_024))
    message.detail_factor = 0.00001
    message.max_triangles = 5_000_000
    return message


def made(request: bytes) -> int:
    """The same work without the door, its file on the disk like a worker's."""
    message = mesh_pb2.GenerateRequest.FromString(request)
    outcome = make_mesh(request_of(message), message.image, lambda _stage, _percent: None)
    with tempfile.NamedTemporaryFile() as file:
        for each in outcome.files:
            file.write(each.data)
        file.flush()
        os.fsync(file.fileno())
    return outcome.triangle_count


def direct(pool: ProcessPoolExecutor, picture: bytes, jobs: int) -> float:
    """Seconds for so many in the pool."""
    requests = [wish(picture).SerializeToString() for _ in range(jobs)]
    begun = time.perf_counter()
    list(pool.map(made, requests))
    return time.perf_counter() - begun


async def through(stub: Stub, picture: bytes, jobs: int, asked: list[float] | None = None) -> float:
    """Seconds for so many through the door, all handed over at once; meanwhile one is asked for every 10 ms."""
    wishes = [wish(picture, wait=True) for _ in range(jobs)]
    begun = time.perf_counter()
    calls = [asyncio.ensure_future(stub.Generate(message)) for message in wishes]
    asking = asyncio.create_task(ask_again(stub, wishes[0].job_id, asked)) if asked is not None else None
    ends = await asyncio.gather(*calls)
    seconds = time.perf_counter() - begun
    if asking:
        asking.cancel()
    if any(job.state != mesh_pb2.STATE_COMPLETED for job in ends):
        raise AssertionError("a job of the bench did not complete")
    return seconds


async def ask_again(stub: Stub, job_id: str, asked: list[float]) -> None:
    """Asks for a job's state until it is stopped; notes how long each answer took, in seconds."""
    await until_state(stub, job_id, mesh_pb2.STATE_PROCESSING)
    while True:
        await asyncio.sleep(0.01)
        begun = time.perf_counter()
        await stub.GetStatus(mesh_pb2.GetStatusRequest(job_id=job_id))
        asked.append(time.perf_counter() - begun)


async def overhead_ms(stub: Stub) -> float:
    """What the way costs a job: the median through the door, one after the other, without the work itself."""
    tiny = png(TINY_PX)
    through_door = [await timed(stub.Generate, wish(tiny, wait=True)) for _ in range(40)]
    begun = time.perf_counter()
    for _ in range(40):
        made(wish(tiny).SerializeToString())
    return 1_000 * (float(np.median(through_door)) - (time.perf_counter() - begun) / 40)


async def timed(
    call: Callable[[mesh_pb2.GenerateRequest], Awaitable[mesh_pb2.Job]], message: mesh_pb2.GenerateRequest
) -> float:
    """Seconds until its answer."""
    begun = time.perf_counter()
    await call(message)
    return time.perf_counter() - begun


async def cancel_to_next_ms(stub: Stub) -> float:
    """From a cancel to the moment when a waiting job has its worker; all workers are busy with very long ones."""
    took = []
    for _ in range(5):
        hard = [hard_wish() for _ in range(WORKERS)]
        for message in hard:
            await stub.Generate(message)
            await until_state(stub, message.job_id, mesh_pb2.STATE_PROCESSING)
        waiting = wish(png(PICTURE_PX))
        await stub.Generate(waiting)
        begun = time.perf_counter()
        await stub.Cancel(mesh_pb2.CancelRequest(job_id=hard[0].job_id))
        await until_state(stub, waiting.job_id, mesh_pb2.STATE_PROCESSING)
        took.append(time.perf_counter() - begun)
        for message in [*hard[1:], waiting]:
            await stub.Cancel(mesh_pb2.CancelRequest(job_id=message.job_id))
        await asyncio.sleep(2)  # until the spare workers are warm again
    return 1_000 * float(np.median(took))


async def until_state(stub: Stub, job_id: str, state: int) -> None:
    """Until the engine says that a job has come to a state, or beyond it."""
    while True:
        try:
            async for job in stub.StreamProgress(mesh_pb2.StreamProgressRequest(job_id=job_id)):
                if job.state >= state:
                    return
        except grpc.aio.AioRpcError as error:
            # Its call is still on the way.
            if error.code() != grpc.StatusCode.NOT_FOUND:
                raise


@asynccontextmanager
async def door() -> AsyncIterator[Stub]:
    """The engine as a process of its own, and a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "PORT": str(port),
            "WORKERS": str(WORKERS),
            "QUEUE_LIMIT": "1000",
            "ARTIFACTS_URL": Path(folder).as_uri(),
            "LOG_LEVEL": "error",
            "DRAIN_SECONDS": "0",
        }
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "mesh_engine", env=env)
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                await asyncio.wait_for(channel.channel_ready(), 60)
                yield mesh_pb2_grpc.MeshEngineServiceStub(channel)  # type: ignore[no-untyped-call]
        finally:
            process.send_signal(signal.SIGTERM)
            await process.wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
