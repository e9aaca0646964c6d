"""Normals of a solid: smooth over its upper and lower side, with an edge where these meet walls."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mesh_engine.solid import Faces, Part
from mesh_engine.weld import Welded

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shaded:
    """A solid's faces with a normal at each corner; vertices stand once for each normal.

    Attributes
    ----------
    positions : (n, 3) float32
        mm.
    normals : (n, 3) float32
        Of length 1, outward.
    uv : (n, 2) float32
        As in `Solid`.
    faces : (m, 3) int32
        In another order than in the solid, with the same winding.
    """

    positions: Floats
    normals: Floats
    uv: Floats
    faces: Faces


def shade(welded: Welded) -> Shaded:
    """Give a solid normals: on top and bottom the mean of the faces around, weighted by area; on walls each face's."""
    pieces = [_smooth(welded, Part.TOP), _smooth(welded, Part.BOTTOM), _flat(welded, Part.WALL)]
    starts = np.cumsum([0, *(len(piece.positions) for piece in pieces)])
    return Shaded(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.uv for piece in pieces]),
        np.concatenate([piece.faces + np.int32(at) for piece, at in zip(pieces, starts[:-1], strict=True)]),
    )


def _smooth(welded: Welded, part: Part) -> Shaded:
    used, where = np.unique(welded.faces[welded.parts == part], return_inverse=True)
    faces = where.reshape(-1, 3).astype(np.int32)
    positions = welded.vertices[used]
    across = _across(positions, faces)
    sums = np.zeros((len(used), 3))
    for corner in range(3):
        for axis in range(3):
            sums[:, axis] += np.bincount(faces[:, corner], across[:, axis], len(used))
    return Shaded(positions, _unit(sums), welded.uv[used], faces)


def _flat(welded: Welded, part: Part) -> Shaded:
    corners = welded.faces[welded.parts == part].reshape(-1)
    faces = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
    positions = welded.vertices[corners]
    normals = np.repeat(_unit(_across(positions, faces)), 3, axis=0)
    return Shaded(positions, normals, welded.uv[corners], faces)


def _across(positions: Floats, faces: Faces) -> NDArray[np.float64]:
    """Normals of faces, as long as twice their area."""
    a, b, c = (positions[faces[:, one]].astype(np.float64) for one in range(3))
    return np.asarray(np.cross(b - a, c - a), np.float64)


def _unit(vectors: NDArray[np.float64]) -> Floats:
    """To length 1; where faces around a vertex cancel out, straight up."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 0, vectors / np.maximum(length, 1e-300), [0.0, 0.0, 1.0]).astype(np.float32)
