"""Binary glTF 2.0.

References
----------
.. [1] Khronos Group, "glTF 2.0 Specification", 2021, sections 3 and 4.
"""

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mesh_engine.shading import Shaded, shade
from mesh_engine.weld import Welded

Json = dict[str, Any]

FLOAT, UINT32 = 5126, 5125
ARRAY, ELEMENTS = 34962, 34963
LINEAR, LINEAR_MIPMAP, CLAMP = 9729, 9987, 33071
# glTF is in metres with y up; a solid lies on its back, in millimetres.
TO_METRES = np.array([[0.001, 0, 0], [0, 0, -0.001], [0, 0.001, 0]], np.float32)
Y_UP = np.sign(TO_METRES)


def glb_of(welded: Welded, texture: bytes | None) -> bytes:
    """A solid as GLB: metres, y up, with normals and, when given, a JPEG as its colour.

    Parameters
    ----------
    welded : Welded
        In mm.
    texture : bytes or None
        A JPEG; without it the solid is light grey and has no places in a picture.

    Returns
    -------
    bytes
        Valid by Khronos' validator.
    """
    chunk = Chunk()
    primitive = _primitive(chunk, shade(welded), is_textured=texture is not None)
    document: Json = {
        "asset": {"version": "2.0", "generator": "Millrace mesh-engine"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [{"pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.9, **_colour(texture)}}],
    }
    if texture is not None:
        document["textures"] = [{"source": 0, "sampler": 0}]
        document["samplers"] = [{"magFilter": LINEAR, "minFilter": LINEAR_MIPMAP, "wrapS": CLAMP, "wrapT": CLAMP}]
        document["images"] = [{"bufferView": chunk.view(texture), "mimeType": "image/jpeg"}]
    return _packed({**document, **chunk.described()}, bytes(chunk.data))


def _primitive(chunk: "Chunk", shaded: Shaded, *, is_textured: bool) -> Json:
    attributes = {
        "POSITION": chunk.floats(shaded.positions @ TO_METRES, "VEC3", with_bounds=True),
        "NORMAL": chunk.floats(shaded.normals @ Y_UP, "VEC3"),
    }
    if is_textured:
        attributes["TEXCOORD_0"] = chunk.floats(shaded.uv, "VEC2")
    return {"attributes": attributes, "indices": chunk.indices(shaded.faces), "material": 0}


def _colour(texture: bytes | None) -> Json:
    return {"baseColorFactor": [0.8, 0.8, 0.8, 1]} if texture is None else {"baseColorTexture": {"index": 0}}


class Chunk:
    """The binary part: numbers and files one after the other, each at a multiple of four bytes."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._views: list[Json] = []
        self._accessors: list[Json] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes and tell the number of their view."""
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        self._views.append(view if target is None else {**view, "target": target})
        self.data += data + b"\0" * (-len(data) % 4)
        return len(self._views) - 1

    def floats(self, numbers: NDArray[np.float32], kind: str, *, with_bounds: bool = False) -> int:
        """Append vectors, one for each vertex, and tell the number of their accessor."""
        numbers = np.ascontiguousarray(numbers, "<f4")
        bounds = {"min": numbers.min(axis=0).tolist(), "max": numbers.max(axis=0).tolist()} if with_bounds else {}
        view = self.view(numbers.tobytes(), ARRAY)
        return self._accessor(
            {"bufferView": view, "componentType": FLOAT, "count": len(numbers), "type": kind, **bounds}
        )

    def indices(self, faces: NDArray[np.int32]) -> int:
        """Append corners of triangles and tell the number of their accessor."""
        view = self.view(faces.astype("<u4").tobytes(), ELEMENTS)
        return self._accessor({"bufferView": view, "componentType": UINT32, "count": faces.size, "type": "SCALAR"})

    def described(self) -> Json:
        """What the document says of it."""
        length = len(self.data)
        return {"buffers": [{"byteLength": length}], "bufferViews": self._views, "accessors": self._accessors}

    def _accessor(self, accessor: Json) -> int:
        self._accessors.append(accessor)
        return len(self._accessors) - 1


def _packed(document: Json, data: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(data))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(data), b"BIN\0") + data
