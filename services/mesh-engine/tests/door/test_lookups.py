"""Looking at jobs and their files."""

from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2

from tests.door.conftest import EngineUnderTest, Told, png, wish


async def test_a_job_that_nobody_knows_is_not_found_by_any_call(engine: EngineUnderTest) -> None:
    for call in (engine.status, engine.cancel, engine.states):
        with pytest.raises(Told) as told:
            await call("nobody.1")
        assert (told.value.code, told.value.word) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_JOB")


@pytest.mark.parametrize("job_id", ["", "..", "a/b", "a\\b", "\u00e4", "a" * 200])
async def test_a_name_that_is_no_jobs_is_refused_by_every_call(engine: EngineUnderTest, job_id: str) -> None:
    for call in (engine.status, engine.cancel, engine.states):
        with pytest.raises(Told) as told:
            await call(job_id)
        assert told.value.word == "INVALID_JOB_ID"
    with pytest.raises(Told) as told:
        await engine.chunks(job_id, "mesh.stl")
    assert told.value.word == "INVALID_JOB_ID"


async def test_an_artifact_comes_in_chunks_and_goes_on_from_any_offset(engine: EngineUnderTest) -> None:
    job = await engine.make(wish(image=png(128)))
    stored = next((engine.folder / "meshes" / job.job_id).glob("*/mesh.stl")).read_bytes()

    whole = await engine.chunks(job.job_id, "mesh.stl")
    rest = await engine.chunks(job.job_id, "mesh.stl", 300_001)
    nothing = await engine.chunks(job.job_id, "mesh.stl", len(stored))

    assert len(stored) > 512 * 1024
    assert b"".join(chunk.data for chunk in whole) == stored
    assert {chunk.total_bytes for chunk in whole} == {len(stored)}
    assert [chunk.offset for chunk in whole] == list(range(0, len(stored), 256 * 1024))
    assert rest[0].offset == 300_001
    assert b"".join(chunk.data for chunk in rest) == stored[300_001:]
    assert nothing == []


@pytest.mark.parametrize("name", ["", "other.stl", "result.json", "../mesh.stl", "mesh.stl/../result.json"])
async def test_only_what_the_job_lists_is_an_artifact(engine: EngineUnderTest, name: str) -> None:
    job = await engine.make(wish())

    with pytest.raises(Told) as told:
        await engine.chunks(job.job_id, name)

    assert (told.value.code, told.value.word) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_ARTIFACT")


async def test_an_offset_beyond_the_end_is_out_of_range_and_a_removed_file_not_found(engine: EngineUnderTest) -> None:
    job = await engine.make(wish())
    [stl] = job.artifacts

    with pytest.raises(Told) as beyond:
        await engine.chunks(job.job_id, "mesh.stl", stl.bytes + 1)
    next((engine.folder / "meshes" / job.job_id).glob("*/mesh.stl")).unlink()
    with pytest.raises(Told) as removed:
        await engine.chunks(job.job_id, "mesh.stl")

    assert beyond.value.code is grpc.StatusCode.OUT_OF_RANGE
    assert (removed.value.code, removed.value.word) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_ARTIFACT")


async def test_health_says_that_workers_take_jobs(engine: EngineUnderTest) -> None:
    await engine.make(wish())
    assert engine.channel
    check: Any = engine.channel.unary_unary(
        "/grpc.health.v1.Health/Check",
        request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
        response_deserializer=health_pb2.HealthCheckResponse.FromString,
    )

    answers = [
        (await check(health_pb2.HealthCheckRequest(service=name))).status for name in ("", "mesh.v1.MeshEngineService")
    ]

    assert answers == [health_pb2.HealthCheckResponse.SERVING] * 2
