"""What a receiver of callbacks gets to hear."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from google.protobuf.json_format import Parse

from mesh_engine.door import callback
from mesh_engine.door.callback import Callbacks
from mesh_engine.door.errors import EngineError
from mesh_engine.door.jobs import KnownJob
from mesh_engine.door.telemetry import span
from mesh_engine.generated import mesh_pb2
from tests.door.conftest import SECRET, EngineUnderTest, Host, until, wish

PROCESSING, COMPLETED = mesh_pb2.STATE_PROCESSING, mesh_pb2.STATE_COMPLETED


@pytest.fixture
async def callbacks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callbacks]:
    monkeypatch.setattr(callback, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(callback, "LONGEST_PAUSE_S", 0.05)
    made = Callbacks(SECRET.encode(), "", give_up_after_s=5)
    yield made
    await made.close()


def known_job(url: str) -> KnownJob:
    return KnownJob(wish(callback_url=url), "digest")


def step(known: KnownJob, progress: int, state: Any = PROCESSING) -> None:
    known.advance(known.next_state(state, f"at {progress}", progress))


def heard(host: Host) -> list[int]:
    return [json.loads(body).get("progress", 0) for body in host.bodies]


async def test_a_job_is_told_signed_up_to_its_end(engine: EngineUnderTest, host: Host) -> None:
    message = wish(callback_url=f"{host.url}/callbacks/7", labels={"of": "me"}, fence=2**53 + 1)

    job = await engine.make(message)
    await until(lambda: b'"STATE_COMPLETED"' in host.bodies[-1] if host.bodies else False)

    told = [Parse(body, mesh_pb2.Job()) for body in host.bodies]
    assert told[-1] == job
    assert [one.seq for one in told] == sorted({one.seq for one in told})
    for request, body, one in zip(host.requests, host.bodies, told, strict=True):
        headers = request.headers
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert (request.method, request.path, headers["Content-Type"]) == ("POST", "/callbacks/7", "application/json")
        assert headers["webhook-id"] == f"{message.job_id}.{one.seq}"
        assert headers["webhook-signature"] == f"v1,{mac}"


async def test_the_end_is_told_until_it_is_heard(callbacks: Callbacks, host: Host) -> None:
    answers = iter([500, 429, 302, 404, 200])

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers), headers={"Location": f"{host.url}/elsewhere"})

    known = known_job(host.url)
    step(known, 100, COMPLETED)
    host.answer = answer

    callbacks.follow(known)
    await host.until(5)
    await callbacks.close(5)

    assert heard(host) == [100] * 5
    assert len({request.headers["webhook-id"] for request in host.requests}) == 1
    assert {request.path for request in host.requests} == {"/"}


async def test_a_receiver_that_is_gone_for_good_or_for_too_long_is_left_alone(host: Host) -> None:
    async def gone(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=410)

    host.answer = gone
    impatient = Callbacks(SECRET.encode(), "", give_up_after_s=0)
    for url in (host.url, "http://127.0.0.1:1"):
        known = known_job(url)
        step(known, 100, COMPLETED)
        impatient.follow(known)

    await impatient.close(5)

    assert len(host.requests) == 1


async def test_progress_that_a_receiver_misses_is_not_told_again(callbacks: Callbacks, host: Host) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=500 if len(host.requests) == 1 else 200)

    host.answer = answer
    known = known_job(host.url)
    callbacks.follow(known)
    await host.until(1)
    for progress in (50, 100):
        step(known, progress, COMPLETED if progress == 100 else PROCESSING)
        await host.until(2 if progress == 50 else 3)

    assert heard(host) == [0, 50, 100]


async def test_many_changes_are_told_by_the_second_or_by_five_points(
    callbacks: Callbacks, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback, "EVERY_S", 3600)
    known = known_job(host.url)
    callbacks.follow(known)
    await host.until(1)
    for progress in (1, 2, 3, 4, 5, 6, 9):
        step(known, progress)
        # waits: lets the teller run, so that nothing is left out for want of time
        await asyncio.sleep(0)
        if progress == 5:
            await host.until(2)
    monkeypatch.setattr(callback, "EVERY_S", 0.05)
    step(known, 10)
    await host.until(3)
    step(known, 11)
    await host.until(4)

    assert heard(host) == [0, 5, 10, 11]


async def test_what_changes_while_a_callback_is_under_way_is_told_as_one(callbacks: Callbacks, host: Host) -> None:
    go_on = asyncio.Event()

    async def slow(_request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return web.Response()

    host.answer = slow
    known = known_job(host.url)
    callbacks.follow(known)
    await host.until(1)
    for progress in range(10, 90, 10):
        step(known, progress)
    step(known, 100, COMPLETED)
    go_on.set()
    await callbacks.close(5)

    assert heard(host) == [0, 100]


async def test_a_callback_bears_the_trace_of_its_job(callbacks: Callbacks, host: Host) -> None:
    known = known_job(host.url)
    step(known, 100, COMPLETED)
    with span("the caller's") as caller:
        callbacks.follow(known)
    await callbacks.close(5)

    [request] = host.requests
    trace_id = caller.get_span_context().trace_id
    assert trace_id == 0 or request.headers["traceparent"].split("-")[1] == f"{trace_id:032x}"


async def test_without_a_secret_nobody_is_called(host: Host) -> None:
    silent = Callbacks(b"", "")
    known = known_job(host.url)
    step(known, 100, COMPLETED)

    silent.follow(known)
    await silent.close(1)

    assert host.requests == []


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("", True),
        ("http://orchestrator:4104/callbacks/1", True),
        ("http://orchestrator:4104/callbacks", True),
        ("http://orchestrator:4104/callbacks-of-others", False),
        ("http://orchestrator:4104/callbacks/../jobs", False),
        ("http://orchestrator:4104/jobs", False),
        ("http://orchestrator/callbacks/1", False),
        ("https://orchestrator:4104/callbacks/1", False),
        ("http://orchestrator:4104@evil.example/callbacks/1", False),
        ("http://user@orchestrator:4104/callbacks/1", False),
        ("http://evil.example/http://orchestrator:4104/callbacks/1", False),
        ("http://[", False),
    ],
)
def test_callbacks_go_only_under_the_base_that_is_set(url: str, allowed: bool) -> None:
    bound = Callbacks(SECRET.encode(), "http://orchestrator:4104/callbacks")

    if allowed:
        bound.check(url)
    else:
        with pytest.raises(EngineError) as refused:
            bound.check(url)
        assert refused.value.word == "CALLBACK_BLOCKED"
