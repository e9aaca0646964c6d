"""Thumbnails of meshes that were made before, of their files alone: neither picture nor walk is needed again."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mesh_engine.drawable import DRAWABLE, PICTURE
from mesh_engine.failures import Code, Refused
from mesh_engine.glb import FLOAT, TO_METRES, Y_UP
from mesh_engine.shading import Shaded, shade
from mesh_engine.solid import Solid
from mesh_engine.sprite_mesh import SpriteMesh
from mesh_engine.sprite_thumbnail import sprite_thumbnail
from mesh_engine.thumbnail import thumbnail_of
from mesh_engine.weld import parts_by_slope, weld

Json = dict[str, Any]


def redrawn(files: Mapping[str, bytes], width: int) -> bytes:
    """Draw a mesh that the engine has made.

    Parameters
    ----------
    files : mapping of str to bytes
        The mesh's files by format. One of `DRAWABLE` is needed; a sprite whose `PICTURE` is there lies on it, and an
        STL, which has no colours, is light grey.
    width : int
        Of the thumbnail, px; its height is three quarters of it.

    Returns
    -------
    bytes
        A PNG with a transparent ground.

    Raises
    ------
    Refused
        ``INVALID_PARAMETER`` when there is none of `DRAWABLE`.
    """
    if "glb" in files:
        return thumbnail_of(*_of_glb(files["glb"]), width)
    if "stl" in files:
        return thumbnail_of(_of_stl(files["stl"]), None, width)
    if "json" in files:
        return sprite_thumbnail(*_of_json(files["json"], files.get(PICTURE)), width)
    raise Refused(
        Code.INVALID_PARAMETER, f"the mesh has {sorted(files) or 'no files'}; drawn can be one of {', '.join(DRAWABLE)}"
    )


def _of_glb(data: bytes) -> tuple[Shaded, bytes | None]:
    """Read back what `glb_of` has written: the solid in millimetres, and its JPEG."""
    length = struct.unpack_from("<I", data, 12)[0]
    document: Json = json.loads(data[20 : 20 + length])
    body = memoryview(data)[20 + length + 8 :]
    [primitive] = document["meshes"][0]["primitives"]
    places = primitive["attributes"]
    positions = _numbers(document, body, places["POSITION"], 3) @ np.linalg.inv(TO_METRES).astype(np.float32)
    normals = _numbers(document, body, places["NORMAL"], 3) @ np.linalg.inv(Y_UP).astype(np.float32)
    faces = _numbers(document, body, primitive["indices"], 3).astype(np.int32)
    if "TEXCOORD_0" not in places:
        return Shaded(positions, normals, np.zeros((len(positions), 2), np.float32), faces), None
    uv = _numbers(document, body, places["TEXCOORD_0"], 2)
    return Shaded(positions, normals, uv, faces), bytes(_view(document, body, document["images"][0]["bufferView"]))


def _numbers(document: Json, body: memoryview, accessor: int, columns: int) -> NDArray[Any]:
    described = document["accessors"][accessor]
    kind = "<f4" if described["componentType"] == FLOAT else "<u4"
    return np.frombuffer(_view(document, body, described["bufferView"]), kind).reshape(-1, columns)


def _view(document: Json, body: memoryview, number: int) -> memoryview:
    view = document["bufferViews"][number]
    return body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]


def _of_stl(data: bytes) -> Shaded:
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("nothing", "<u2")])
    vertices = np.frombuffer(data, record, offset=84)["corners"].reshape(-1, 3).astype(np.float64)
    faces = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
    solid = Solid(vertices, faces, parts_by_slope(vertices, faces), np.zeros((len(vertices), 2), np.float32))
    return shade(weld(solid))


def _of_json(data: bytes, picture: bytes | None) -> tuple[SpriteMesh, NDArray[np.uint8]]:
    document: Json = json.loads(data)
    rows, cols = document["metadata"]["height"], document["metadata"]["width"]
    mesh = SpriteMesh(
        vertices=np.array(document["vertices"], np.float64).reshape(-1, 2),
        triangles=np.array(document["triangles"], np.int32).reshape(-1, 3),
        uvs=np.array(document["uvs"], np.float64).reshape(-1, 2),
        boundary_edges=np.array(document["boundary_edges"], np.int32).reshape(-1, 2),
        internal_edges=np.array(document["internal_edges"], np.int32).reshape(-1, 2),
        hull=0,
        rows=rows,
        cols=cols,
    )
    if picture is None:
        return mesh, np.zeros((rows, cols, 4), np.uint8)
    read = np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED), np.uint8)
    return mesh, np.ascontiguousarray(read[..., [2, 1, 0, 3]])
