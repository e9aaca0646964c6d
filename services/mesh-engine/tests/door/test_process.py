"""The engine as a process: its start, its logs, metrics and traces, its end."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import grpc
from aiohttp import ClientSession
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mesh_engine.generated import mesh_pb2, mesh_pb2_grpc
from tests.door.conftest import SECRET, Host, until, wish

ROOT = Path(__file__).parents[2]
TRACE_ID, CALLER_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


async def test_a_process_tells_of_a_job_by_log_metrics_callbacks_and_spans_in_the_callers_trace(
    host: Host, tmp_path: Path
) -> None:
    port, metrics_port = free_port(), free_port()
    process = await start(
        PORT=str(port),
        METRICS_PORT=str(metrics_port),
        WORKERS="1",
        ARTIFACTS_URL=tmp_path.as_uri(),
        CALLBACK_SECRET=SECRET,
        OTEL_EXPORTER_OTLP_ENDPOINT=host.url,
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel, ClientSession() as web_client:
        stub: Any = mesh_pb2_grpc.MeshEngineServiceStub(channel)  # type: ignore[no-untyped-call]
        message = wish(callback_url=f"{host.url}/callback", wait=True)
        caller = (("traceparent", f"00-{TRACE_ID}-{CALLER_ID}-01"),)
        job = await stub.Generate(message, metadata=caller, wait_for_ready=True, timeout=60)
        metrics = ""
        async with asyncio.timeout(30):
            while "mesh_jobs_ended_total{" not in metrics:
                async with web_client.get(f"http://127.0.0.1:{metrics_port}/metrics") as answer:
                    metrics = await answer.text()
    process.send_signal(signal.SIGTERM)
    out, _ = await process.communicate()

    lines = [json.loads(line) for line in out.decode().splitlines()]
    spans = spans_of(host)
    names = {one["id"]: one["name"] for one in spans}
    edges = {(names.get(one["parent"], one["parent"]), one["name"]) for one in spans if one["trace"] == TRACE_ID}
    told = [request for request in host.requests if request.path == "/callback"]
    assert (job.state, process.returncode) == (mesh_pb2.STATE_COMPLETED, 0)
    assert [line["msg"] for line in lines] == ["listening", "job ended", "draining", "ended"]
    assert {line["service"] for line in lines} == {"mesh-engine"}
    assert lines[1]["trace_id"] == TRACE_ID
    assert 'mesh_jobs_ended_total{code="",mode="relief",state="completed"} 1.0' in metrics
    assert edges >= {
        (CALLER_ID, "mesh.v1.MeshEngineService/Generate"),
        ("mesh.v1.MeshEngineService/Generate", "mesh job"),
        *(("mesh job", f"mesh {stage}") for stage in ("decode", "height", "triangulate", "solid", "files", "store")),
        ("mesh.v1.MeshEngineService/Generate", "mesh callback"),
    }
    assert {request.headers["traceparent"].split("-")[1] for request in told} == {TRACE_ID}
    assert not list(tmp_path.glob(".spool/*"))


async def test_a_process_with_a_wrong_configuration_or_a_taken_port_says_so_and_ends(
    host: Host, tmp_path: Path
) -> None:
    wrong = await start(PORT="a", WORKERS="none")
    taken = await start(PORT=str(host.port), ARTIFACTS_URL=tmp_path.as_uri(), WORKERS="1")

    _, said = await wrong.communicate()
    _, said_too = await taken.communicate()

    assert (wrong.returncode, taken.returncode) == (1, 1)
    assert all(name in said.decode() for name in ("PORT", "WORKERS"))
    assert "cannot start" in said_too.decode()


async def test_workers_do_not_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    process = await start(PORT=str(free_port()), ARTIFACTS_URL=tmp_path.as_uri(), WORKERS="1")
    await until(lambda: len(children(process.pid)) == 2)
    workers = children(process.pid)

    process.kill()
    await process.communicate()

    await until(lambda: not any(is_running(pid) for pid in workers))


async def start(**env: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mesh_engine"), stdout=pipe, stderr=pipe, cwd=ROOT, env={**inherited, **env}
    )


def spans_of(host: Host) -> list[dict[str, str]]:
    sent = []
    for request, body in zip(host.requests, host.bodies, strict=True):
        if request.path != "/v1/traces":
            continue
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                sent += [
                    {
                        "id": one.span_id.hex(),
                        "parent": one.parent_span_id.hex(),
                        "trace": one.trace_id.hex(),
                        "name": one.name,
                    }
                    for one in scope.spans
                ]
    return sent


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    """Whether it runs; one that has ended and was not asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
