"""What Generate promises, over gRPC, with real workers."""

import asyncio
import random
from pathlib import Path
from typing import Any

import grpc
import pytest

from mesh_engine.generated import mesh_pb2
from tests.door.conftest import (
    MEDIUM,
    SMALL,
    EngineUnderTest,
    Told,
    bomb,
    engine_under_test,
    long_wish,
    png,
    until,
    wish,
)

COMPLETED = mesh_pb2.STATE_COMPLETED


async def test_a_job_goes_through_its_stages_to_files_that_lie_where_it_says(engine: EngineUnderTest) -> None:
    message = wish(formats=[mesh_pb2.FORMAT_GLB, mesh_pb2.FORMAT_STL], labels={"of": "a test"}, fence=7)

    accepted = await engine.generate(message)
    states = await engine.states(message.job_id)

    assert accepted.state == mesh_pb2.STATE_ACCEPTED
    last = states[-1]
    assert (last.state, last.stage, last.progress) == (COMPLETED, "stored", 100)
    assert [job.seq for job in states] == sorted({job.seq for job in states})
    assert [job.progress for job in states] == sorted(job.progress for job in states)
    assert (last.labels["of"], last.fence, last.watertight, last.mode) == ("a test", 7, True, mesh_pb2.MODE_RELIEF)
    for artifact in last.artifacts:
        assert len(Path(artifact.url.removeprefix("file://")).read_bytes()) == artifact.bytes
    assert sorted(artifact.name for artifact in last.artifacts) == ["mesh.glb", "mesh.stl"]


async def test_asking_again_gives_the_same_job_and_does_no_work_twice(engine: EngineUnderTest) -> None:
    message = wish()

    both = await asyncio.gather(engine.make(message), engine.make(message))
    later = await engine.make(message)

    assert both[0] == both[1] == later
    assert len(list((engine.folder / "meshes" / message.job_id).iterdir())) == 1


async def test_asking_again_may_move_the_callback_and_raise_the_fence(engine: EngineUnderTest) -> None:
    message = wish(fence=1, callback_url="http://127.0.0.1:1/one")
    first = await engine.make(message)
    message.fence, message.callback_url = 2, "http://127.0.0.1:1/two"

    second = await engine.make(message)

    assert (first.fence, second.fence) == (1, 2)
    assert first.artifacts == second.artifacts


async def test_the_same_id_with_other_content_is_refused(engine: EngineUnderTest) -> None:
    message = wish()
    await engine.make(message)

    for other in ({"image": png(seed=2)}, {"detail_factor": 0.1}, {"mode": mesh_pb2.MODE_LITHOPHANE}):
        with pytest.raises(Told) as told:
            await engine.generate(wish(**{"job_id": message.job_id, **other}))
        assert (told.value.code, told.value.word) == (grpc.StatusCode.ALREADY_EXISTS, "OTHER_CONTENT")


async def test_after_a_restart_the_result_is_found_and_other_content_still_refused(tmp_path: Path) -> None:
    message = wish()
    async with engine_under_test(tmp_path) as before:
        made = await before.make(message)

    async with engine_under_test(tmp_path) as after:
        again = await after.generate(message)
        status = await after.status(message.job_id)
        streamed = await after.states(message.job_id)
        cancelled = await after.cancel(message.job_id)
        with pytest.raises(Told) as told:
            await after.generate(wish(job_id=message.job_id, detail_factor=0.1))

    assert made == again == status == cancelled
    assert streamed == [made]
    assert told.value.code is grpc.StatusCode.ALREADY_EXISTS


async def test_a_result_that_was_not_finished_or_is_garbled_is_made_again(engine: EngineUnderTest) -> None:
    first, second = wish(), wish(detail_factor=0.1)
    for message in (first, second):
        await engine.make(message)
    [unfinished] = (engine.folder / "meshes" / first.job_id).iterdir()
    [garbled] = (engine.folder / "meshes" / second.job_id).iterdir()
    (unfinished / "result.json").unlink()
    (garbled / "result.json").write_text("{ half a")
    forgotten = engine.engine._desk._book._jobs
    del forgotten[first.job_id], forgotten[second.job_id]

    again = [await engine.make(message) for message in (first, second)]

    assert [job.state for job in again] == [COMPLETED, COMPLETED]
    assert (unfinished / "result.json").is_file()
    assert (garbled / "result.json").read_text() != "{ half a"


async def test_the_callers_deadline_ends_the_wait_and_not_the_job(engine: EngineUnderTest) -> None:
    message = wish(image=MEDIUM, wait=True)
    with pytest.raises(grpc.aio.AioRpcError) as late:
        await engine.stub.Generate(message, timeout=0.05)

    states = await engine.states(message.job_id)

    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert states[-1].state == COMPLETED


NAN = float("nan")


@pytest.mark.parametrize(
    ("fields", "word", "said"),
    [
        ({"job_id": ""}, "INVALID_JOB_ID", "job_id is ''"),
        ({"job_id": "../up"}, "INVALID_JOB_ID", "job_id is '../up'"),
        ({"job_id": ".hidden"}, "INVALID_JOB_ID", "not beginning with a dot"),
        ({"job_id": "a" * 129}, "INVALID_JOB_ID", "1 to 128"),
        ({"image": b""}, "INVALID_PARAMETER", "image is 0 bytes"),
        ({"image": b"x" * (3 * 2**20 + 1)}, "INVALID_PARAMETER", "larger ones by image_url"),
        ({"mode": 99}, "INVALID_PARAMETER", "mode is 99"),
        ({"formats": [0]}, "INVALID_PARAMETER", "formats is 0"),
        ({"formats": [99]}, "INVALID_PARAMETER", "formats is 99"),
        ({"detail_factor": NAN}, "INVALID_PARAMETER", "detail_factor is nan"),
        ({"detail_factor": 0.0}, "INVALID_PARAMETER", "more than 0"),
        ({"max_triangles": 1}, "INVALID_PARAMETER", "max_triangles is 1"),
        ({"timeout_seconds": 601}, "INVALID_PARAMETER", "timeout_seconds is 601"),
        ({"backend": "magic"}, "INVALID_PARAMETER", "backend"),
        ({"size": mesh_pb2.Size(width_mm=0)}, "INVALID_PARAMETER", "size.width_mm is 0"),
        (
            {"height": mesh_pb2.Height(channel=mesh_pb2.CHANNEL_RED, gamma=99)},
            "INVALID_PARAMETER",
            "gamma",
        ),
        ({"labels": {f"{n}": "" for n in range(65)}}, "INVALID_PARAMETER", "labels is 65"),
        ({"callback_url": "ftp://somewhere"}, "INVALID_PARAMETER", "callback_url"),
    ],
)
async def test_what_can_be_seen_to_be_wrong_is_refused_at_once(
    engine: EngineUnderTest, fields: dict[str, object], word: str, said: str
) -> None:
    with pytest.raises(Told, match="INVALID_ARGUMENT") as told:
        await engine.generate(wish(**fields))

    assert told.value.word == word
    assert said in told.value.message
    assert not told.value.retry.HasField("retry_delay")


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"GIF89a" + bytes(100), "IMAGE_UNSUPPORTED"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "IMAGE_UNSUPPORTED"),
        (b"no picture", "IMAGE_UNSUPPORTED"),
        (SMALL[: len(SMALL) // 2], "IMAGE_CORRUPT"),
        (SMALL[:33], "IMAGE_CORRUPT"),
        (bomb(), "IMAGE_TOO_LARGE"),
        (png(1), "IMAGE_TOO_SMALL"),
    ],
    ids=["gif", "svg", "text", "half", "header only", "bomb", "one pixel"],
)
async def test_a_picture_that_is_none_fails_for_good(engine: EngineUnderTest, image: bytes, code: str) -> None:
    job = await engine.make(wish(image=image))

    assert (job.state, job.failure.code, job.failure.permanent) == (mesh_pb2.STATE_FAILED, code, True)
    assert job.failure.retry_after_ms == 0
    await until(lambda: engine.spooled() == [])


async def test_bytes_that_are_no_message_are_refused_and_nothing_breaks(engine: EngineUnderTest) -> None:
    """Mutated requests: each is answered with a proper code, and the engine serves on."""
    dice = random.Random(7)
    whole = wish(image=SMALL[:64], labels={"a": "b"}, size=mesh_pb2.Size(width_mm=5)).SerializeToString()
    assert engine.channel
    raw: Any = engine.channel.unary_unary("/mesh.v1.MeshEngineService/Generate")
    codes = set()
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            await raw(bytes(data[: dice.randint(0, len(data))] if dice.random() < 0.3 else data), timeout=10)
            codes.add("OK")
        except grpc.aio.AioRpcError as error:
            codes.add(error.code().name)

    assert codes <= {"OK", "INVALID_ARGUMENT", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"}
    assert (await engine.make(wish())).state == COMPLETED


async def test_a_full_queue_says_when_to_come_again_and_tells_the_waiting_their_place(tmp_path: Path) -> None:
    async with engine_under_test(tmp_path, QUEUE_LIMIT="2") as engine:
        wishes = [long_wish() for _ in range(4)]
        for message in wishes:
            await engine.generate(message)

        with pytest.raises(Told) as told:
            await engine.generate(wish())
        places = [(await engine.status(message.job_id)).queue_position for message in wishes]
        for message in reversed(wishes):
            await engine.cancel(message.job_id)
        after = await engine.make(wish())

    assert (told.value.code, told.value.word) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
    assert told.value.retry.retry_delay.ToMilliseconds() >= 500
    assert places == [0, 0, 1, 2]
    assert after.state == COMPLETED
