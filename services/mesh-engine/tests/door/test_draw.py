"""Drawing thumbnails of results that are stored."""

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import boto3
import cv2
import grpc
import numpy as np
import pytest
from numpy.typing import NDArray

from mesh_engine.generated import mesh_pb2
from tests.corpus import logo
from tests.door.conftest import EngineUnderTest, Told, engine_under_test, long_wish, until, wish

LOGO = logo("A8", 120)


def seen(artifact: mesh_pb2.Artifact) -> NDArray[np.uint8]:
    """The pixels of a stored thumbnail, which is what its artifact says."""
    data = Path(unquote(urlsplit(artifact.url).path)).read_bytes()
    assert (artifact.format, artifact.media_type) == ("thumbnail", "image/png")
    assert (artifact.bytes, artifact.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)


async def test_a_stored_mesh_is_drawn_at_any_width_as_its_own_thumbnail_was(engine: EngineUnderTest) -> None:
    for mode, formats in (
        (mesh_pb2.MODE_INFLATE, [mesh_pb2.FORMAT_GLB, mesh_pb2.FORMAT_STL]),
        (mesh_pb2.MODE_SPRITE, [mesh_pb2.FORMAT_JSON, mesh_pb2.FORMAT_SPINE]),
    ):
        message = wish(image=LOGO, mode=mode, formats=formats)
        message.thumbnail_px = 160
        job = await engine.make(message)
        [own] = [artifact for artifact in job.artifacts if artifact.format == "thumbnail"]

        again, larger = await engine.thumbnail(job.job_id, 160), await engine.thumbnail(job.job_id, 320)

        assert (again.name, larger.name) == ("thumbnail-160.png", "thumbnail-320.png")
        assert (seen(again).shape, seen(larger).shape) == ((120, 160, 4), (240, 320, 4))
        # Coordinates have been through a file meanwhile.
        differing = np.abs(seen(again).astype(int) - seen(own)).max(axis=2) > 8
        assert differing.mean() < 0.01


async def test_an_stl_is_drawn_in_grey_and_a_sprites_json_without_its_picture(engine: EngineUnderTest) -> None:
    solid = await engine.make(wish(image=LOGO, mode=mesh_pb2.MODE_EXTRUDE))
    flat = await engine.make(wish(image=LOGO, mode=mesh_pb2.MODE_SPRITE, formats=[mesh_pb2.FORMAT_JSON]))

    grey = seen(await engine.thumbnail(solid.job_id, 96))
    lines = seen(await engine.thumbnail(flat.job_id, 96))

    assert 0.1 < (grey[..., 3] == 255).mean() < 0.9
    assert (np.ptp(grey[..., :3], axis=2) == 0).all()
    assert 0.01 < (lines[..., 3] > 0).mean() < 0.5


async def test_what_cannot_be_drawn_is_refused_by_name(engine: EngineUnderTest) -> None:
    job = await engine.make(wish(formats=[mesh_pb2.FORMAT_PLY]))
    stl = await engine.make(wish())
    next((engine.folder / "meshes" / stl.job_id).glob("*/mesh.stl")).unlink()

    for job_id, width, code, word, text in (
        ("nobody.1", 96, grpc.StatusCode.NOT_FOUND, "UNKNOWN_JOB", "neither known nor stored"),
        ("a/b", 96, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_JOB_ID", "a/b"),
        (
            job.job_id,
            15,
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_PARAMETER",
            "width_px is 15; allowed is 16 to 2048",
        ),
        (job.job_id, 96, grpc.StatusCode.NOT_FOUND, "UNKNOWN_ARTIFACT", "has ply; drawn can be one of glb, stl, json"),
        (stl.job_id, 96, grpc.StatusCode.NOT_FOUND, "UNKNOWN_ARTIFACT", "mesh.stl is not stored any more"),
    ):
        with pytest.raises(Told) as told:
            await engine.thumbnail(job_id, width)
        assert (told.value.code, told.value.word) == (code, word)
        assert text in told.value.message


async def test_a_drawing_that_nobody_waits_for_any_more_leaves_nothing(engine: EngineUnderTest) -> None:
    job = await engine.make(wish())
    await until(lambda: not is_spooled(engine, job))
    busy = await engine.generate(long_wish())
    # From here on the only worker computes, so that a drawing waits.
    await engine.until_stage(busy.job_id, "triangulate")

    drawing = asyncio.create_task(engine.thumbnail(job.job_id, 96))
    await until(lambda: is_spooled(engine, job))
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    await until(lambda: not is_spooled(engine, job))
    await engine.cancel(busy.job_id)
    drawn = await engine.thumbnail(job.job_id, 64)

    assert seen(drawn).shape == (48, 64, 4)
    assert [path.name for path in (engine.folder / "meshes" / job.job_id).glob("*/thumbnail*")] == ["thumbnail-64.png"]


def is_spooled(engine: EngineUnderTest, job: mesh_pb2.Job) -> bool:
    return any(name.startswith(f"{job.job_id}.") for name in engine.spooled())


async def test_a_mesh_in_a_bucket_is_drawn_and_the_drawing_is_kept_beside_its_files(
    bucket: str, tmp_path: Path
) -> None:
    async with engine_under_test(tmp_path, ARTIFACTS_URL=f"s3://{bucket}/drawn") as engine:
        job = await engine.make(wish(image=LOGO, mode=mesh_pb2.MODE_EXTRUDE))
        drawn = await engine.thumbnail(job.job_id, 96)

    folder = job.artifacts[0].url.rsplit("/", 1)[0]
    assert drawn.url == f"{folder}/thumbnail-96.png"
    kept = boto3.client("s3").get_object(Bucket=bucket, Key=urlsplit(drawn.url).path.lstrip("/"))
    data = kept["Body"].read()
    assert (kept["ContentType"], len(data), hashlib.sha256(data).hexdigest()) == (
        "image/png",
        drawn.bytes,
        drawn.sha256,
    )
    assert np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)).shape == (72, 96, 4)
