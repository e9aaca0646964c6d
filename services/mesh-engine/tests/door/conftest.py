"""An engine in this process with real workers, a host of pictures, and a receiver of callbacks."""

import asyncio
import io
import os
import struct
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import grpc
import numpy as np
import pytest
from aiohttp import web
from google.rpc import error_details_pb2, status_pb2
from moto.server import ThreadedMotoServer
from PIL import Image

from mesh_engine.door.config import read_config
from mesh_engine.door.server import Engine
from mesh_engine.generated import mesh_pb2, mesh_pb2_grpc

SECRET = "a secret that only tests know"
LOOPBACK = "127.0.0.0/8"


def png(side_px: int = 32, *, seed: int = 1) -> bytes:
    """A PNG of noise, which is as hard as a picture can be."""
    noise = np.random.default_rng(seed).integers(0, 255, (side_px, side_px), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    """A small PNG that says of itself to have 3.6 billion pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    whole = png()
    return whole[:12] + header + struct.pack(">I", zlib.crc32(header)) + whole[33:]


SMALL = png()
# About a second for a worker.
MEDIUM = png(384)
# Many seconds for a worker.
HARD = png(1024)


def wish(**more: Any) -> mesh_pb2.GenerateRequest:
    """A request for a mesh that is made at once, unless more is said."""
    fields = {"job_id": uuid.uuid4().hex, "mode": mesh_pb2.MODE_RELIEF, "formats": [mesh_pb2.FORMAT_STL], **more}
    if "image_url" not in fields:
        fields.setdefault("image", SMALL)
    return mesh_pb2.GenerateRequest(thumbnail_px=0, **fields)


def long_wish(**more: Any) -> mesh_pb2.GenerateRequest:
    """A request that keeps a worker busy for longer than any test waits."""
    return wish(image=HARD, detail_factor=0.00001, max_triangles=5_000_000, **more)


class Told(Exception):
    """An error of a call with its details."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        super().__init__(f"{error.code()}: {error.details()}")
        self.code = error.code()
        self.message = error.details() or ""
        status = status_pb2.Status()
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                status.MergeFromString(value)
        self.info = error_details_pb2.ErrorInfo()
        self.retry = error_details_pb2.RetryInfo()
        for detail in status.details:
            detail.Unpack(self.info) or detail.Unpack(self.retry)
        self.word = self.info.reason


class EngineUnderTest:
    """An engine and a client of it."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = {"PORT": "0", "ARTIFACTS_URL": folder.as_uri(), "WORKERS": "1", "DRAIN_SECONDS": "0", **env}
        self.engine = Engine(read_config(self.env))
        self.stub: Any = None
        self.channel: grpc.aio.Channel | None = None

    async def start(self) -> None:
        port = await self.engine.start()
        self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        self.stub = mesh_pb2_grpc.MeshEngineServiceStub(self.channel)  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        if self.channel:
            await self.channel.close()
        await self.engine.stop()

    async def generate(self, message: mesh_pb2.GenerateRequest) -> mesh_pb2.Job:
        return await _told(self.stub.Generate(message))

    async def make(self, message: mesh_pb2.GenerateRequest) -> mesh_pb2.Job:
        """Generate and wait for the end."""
        message.wait = True
        return await self.generate(message)

    async def status(self, job_id: str) -> mesh_pb2.Job:
        return await _told(self.stub.GetStatus(mesh_pb2.GetStatusRequest(job_id=job_id)))

    async def cancel(self, job_id: str) -> mesh_pb2.Job:
        return await _told(self.stub.Cancel(mesh_pb2.CancelRequest(job_id=job_id)))

    async def states(self, job_id: str) -> list[mesh_pb2.Job]:
        call = self.stub.StreamProgress(mesh_pb2.StreamProgressRequest(job_id=job_id))
        return await _told(_all(call))

    async def thumbnail(self, job_id: str, width_px: int) -> mesh_pb2.Artifact:
        return await _told(self.stub.DrawThumbnail(mesh_pb2.DrawThumbnailRequest(job_id=job_id, width_px=width_px)))

    async def chunks(self, job_id: str, name: str, offset: int = 0) -> list[mesh_pb2.Chunk]:
        call = self.stub.GetArtifact(mesh_pb2.GetArtifactRequest(job_id=job_id, name=name, offset=offset))
        return await _told(_all(call))

    async def until_stage(self, job_id: str, stage: str) -> mesh_pb2.Job:
        async with asyncio.timeout(30):
            async for job in self.stub.StreamProgress(mesh_pb2.StreamProgressRequest(job_id=job_id)):
                if job.stage == stage:
                    return job
        raise AssertionError(f"job {job_id} ended without the stage {stage}")

    def spooled(self) -> list[str]:
        """What lies in the spool beside the locks of processes."""
        return [path.name for path in self.folder.glob(".spool/*/*") if path.name != "lock"]


async def _all(call: Any) -> list[Any]:
    return [message async for message in call]


async def _told(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        raise Told(error) from error


@asynccontextmanager
async def engine_under_test(folder: Path, **env: str) -> AsyncIterator[EngineUnderTest]:
    made = EngineUnderTest(folder, {"IMAGE_FETCH_ALLOW": LOOPBACK, "CALLBACK_SECRET": SECRET, **env})
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


@pytest.fixture(scope="session")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineUnderTest]:
    """One engine with one worker for all tests that leave it as they found it."""
    async with engine_under_test(tmp_path_factory.mktemp("artifacts")) as made:
        yield made


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    before = dict(os.environ)
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    boto3.client("s3").create_bucket(Bucket="meshes-for-tests")
    yield "meshes-for-tests"
    os.environ.clear()
    os.environ.update(before)
    server.stop()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A web server on loopback that counts what it is asked and answers as told."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.answer: Handler = self._picture
        self.url = ""
        self.port = 0

    @staticmethod
    async def _picture(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=SMALL, content_type="text/plain")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.read())
        self.requests.append(request)
        return await self.answer(request)

    async def until(self, count: int) -> None:
        """Wait for so many requests."""
        await until(lambda: len(self.requests) >= count)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    made = Host()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.port = runner.addresses[0][1]
    made.url = f"http://127.0.0.1:{made.port}"
    yield made
    await runner.cleanup()


async def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        # waits: between two looks at the condition
        await asyncio.sleep(0.005)
