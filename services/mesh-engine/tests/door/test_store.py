"""Both kinds of stores, by the same tests."""

import hashlib
import os
from pathlib import Path

import pytest

from mesh_engine.door.spool import Spool
from mesh_engine.door.store import MadeFile, Place, Store, StoreError, open_store

PLACE = Place("a.1", "0" * 64)


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return (tmp_path / "store").as_uri()
    return f"s3://{request.getfixturevalue('bucket')}/{tmp_path.name}"


@pytest.fixture
def store(url: str) -> Store:
    made = open_store(url)
    made.check()
    return made


def made_file(folder: Path, name: str, data: bytes) -> MadeFile:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return MadeFile(name, "stl", "model/stl", path, len(data), hashlib.sha256(data).hexdigest())


def test_what_is_kept_is_found_and_read_from_any_offset(store: Store, url: str, tmp_path: Path) -> None:
    data = os.urandom(600_000)

    store.keep(PLACE, [made_file(tmp_path / "spool", "mesh.stl", data)], b"{}")

    chunks = list(store.read(PLACE, "mesh.stl", 100))
    assert b"".join(chunks) == data[100:]
    assert max(len(chunk) for chunk in chunks) <= 256 * 1024
    assert (store.result(PLACE), store.digests("a.1")) == (b"{}", [PLACE.digest])
    assert store.url(PLACE, "mesh.stl") == f"{url}/meshes/a.1/{PLACE.digest}/mesh.stl"


def test_keeping_again_replaces(store: Store, tmp_path: Path) -> None:
    for data in (b"one", b"another"):
        store.keep(PLACE, [made_file(tmp_path / "spool", "mesh.stl", data)], data)

    assert (b"".join(store.read(PLACE, "mesh.stl", 0)), store.result(PLACE)) == (b"another", b"another")


def test_one_more_file_of_a_result_lies_beside_the_others_and_replaces_the_one_of_its_name(
    store: Store, url: str, tmp_path: Path
) -> None:
    store.keep(PLACE, [made_file(tmp_path / "spool", "mesh.stl", b"solid")], b"{}")

    for data in (b"small", b"smaller"):
        store.add(PLACE, made_file(tmp_path / "spool", "thumbnail-96.png", data))

    assert b"".join(store.read(PLACE, "thumbnail-96.png", 0)) == b"smaller"
    assert (b"".join(store.read(PLACE, "mesh.stl", 0)), store.result(PLACE)) == (b"solid", b"{}")
    assert store.url(PLACE, "thumbnail-96.png") == f"{url}/{PLACE.folder}/thumbnail-96.png"


def test_what_was_never_kept_is_told_apart_from_a_store_that_is_away(store: Store) -> None:
    assert (store.result(PLACE), store.digests("a.1")) == (None, [])
    with pytest.raises(LookupError):
        next(store.read(PLACE, "mesh.stl", 0))


def test_a_result_never_stands_without_its_files(store: Store, tmp_path: Path) -> None:
    kept = made_file(tmp_path / "spool", "mesh.stl", b"one")
    missing = MadeFile("mesh.glb", "glb", "model/gltf-binary", tmp_path / "spool" / "gone.glb", 1, "")

    with pytest.raises((StoreError, OSError)):
        store.keep(PLACE, [kept, missing], b"{}")

    assert store.result(PLACE) is None


def test_a_folder_that_cannot_be_written_and_a_bucket_that_is_not_there_are_told(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    for url in ((tmp_path / "file" / "store").as_uri(), f"s3://{bucket}-that-is-not-there"):
        with pytest.raises(StoreError):
            open_store(url).check()


def test_a_spool_removes_what_the_dead_left_and_nothing_of_the_living(tmp_path: Path) -> None:
    living, fresh = Spool(tmp_path), Spool(tmp_path)
    living.open()
    work = living.folder("a.1")
    work.mkdir()
    left = tmp_path / "dead"
    left.mkdir()
    (left / "lock").touch()
    (left / "half.stl").write_bytes(b"half")

    fresh.open()
    fresh.close()
    fresh.close()

    assert work.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [work.parent.name]
    living.close()
    assert list(tmp_path.iterdir()) == []
