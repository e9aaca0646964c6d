"""Binary PLY."""

import numpy as np

from mesh_engine.weld import Welded

VERTEX = np.dtype([("place", "<f4", 3), ("uv", "<f4", 2)])
FACE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def ply_of(welded: Welded) -> bytes:
    """A solid as binary little-endian PLY in mm, with s and t of the picture (t = 0 at its lower edge)."""
    vertices = np.zeros(len(welded.vertices), VERTEX)
    vertices["place"] = welded.vertices
    vertices["uv"] = np.stack([welded.uv[:, 0], 1 - welded.uv[:, 1]], axis=1)
    faces = np.zeros(len(welded.faces), FACE)
    faces["count"] = 3
    faces["corners"] = welded.faces
    return _head(len(vertices), len(faces)) + vertices.tobytes() + faces.tobytes()


def _head(vertices: int, faces: int) -> bytes:
    properties = "".join(f"property float {name}\n" for name in ("x", "y", "z", "s", "t"))
    return (
        "ply\nformat binary_little_endian 1.0\ncomment millimetres\n"
        f"element vertex {vertices}\n{properties}"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
