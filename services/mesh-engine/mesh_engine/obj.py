"""Wavefront OBJ with its material."""

import numpy as np

from mesh_engine.weld import Welded

MATERIAL_FILE = "mesh.mtl"
TEXTURE_FILE = "texture.jpg"


def obj_of(welded: Welded, *, is_textured: bool) -> bytes:
    """A solid as OBJ in mm, each vertex with its place in the picture; names `MATERIAL_FILE` when it is textured."""
    vertices = ("v %.9g %.9g %.9g\n" * len(welded.vertices)) % tuple(welded.vertices.ravel().tolist())
    uv = np.stack([welded.uv[:, 0], 1 - welded.uv[:, 1]], axis=1)
    places = ("vt %.6g %.6g\n" * len(uv)) % tuple(uv.ravel().tolist())
    corners = np.repeat(welded.faces.ravel() + 1, 2)
    faces = ("f %d/%d %d/%d %d/%d\n" * len(welded.faces)) % tuple(corners.tolist())
    material = f"mtllib {MATERIAL_FILE}\nusemtl picture\n" if is_textured else ""
    return f"# millimetres\n{material}{vertices}{places}{faces}".encode()


def mtl_of() -> bytes:
    """The material of an OBJ: the picture, dull."""
    return f"newmtl picture\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {TEXTURE_FILE}\n".encode()
