"""A solid as the reader of its STL will see it: vertices of float32, those that are equal being one.

An STL has no shared vertices. Two that differ only below float32 become one there, and faces between them vanish; so
what is closed before may be open after. Therefore everything that leaves the engine is welded first, and judged after.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mesh_engine.solid import Faces, Part, Solid


@dataclass(frozen=True)
class Welded:
    """A solid of float32.

    Attributes
    ----------
    vertices : (n, 3) float32
        In mm, all different.
    faces : (m, 3) int32
        Counter-clockwise seen from outside, no two corners the same vertex.
    parts : (m,) int8
        A `Part` for each face.
    uv : (n, 2) float32
        As in `Solid`.
    is_watertight : bool
        Each edge lies between two faces that run along it in opposite ways, and no face is without area.
    """

    vertices: NDArray[np.float32]
    faces: Faces
    parts: NDArray[np.int8]
    uv: NDArray[np.float32]
    is_watertight: bool

    @property
    def volume_mm3(self) -> float:
        """Enclosed volume, by the divergence theorem."""
        a, b, c = (self.vertices[self.faces[:, one]].astype(np.float64) for one in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)

    @property
    def bbox_mm(self) -> tuple[float, ...]:
        """Least x, y, z, greatest x, y, z."""
        return tuple(float(one) for one in (*self.vertices.min(axis=0), *self.vertices.max(axis=0)))


def weld(solid: Solid) -> Welded:
    """Bring a solid to float32 and make equal vertices one.

    Parameters
    ----------
    solid : Solid
        In mm.

    Returns
    -------
    Welded
        Without the faces that have come to nothing, and with its least x, y, z at 0.
    """
    # Adding 0 turns -0 into 0, which has other bytes.
    points = (solid.vertices - solid.vertices.min(axis=0)).astype(np.float32) + np.float32(0)
    keys = np.ascontiguousarray(points).view([("", np.float32)] * 3).ravel()
    _, first, where = np.unique(keys, return_index=True, return_inverse=True)
    faces = where.reshape(-1)[solid.faces].astype(np.int32)
    a, b, c = faces.T
    is_left = (a != b) & (b != c) & (c != a)
    faces, parts = faces[is_left], solid.parts[is_left]
    vertices = points[first]
    is_watertight = is_closed(faces) and not has_flat_face(vertices, faces)
    return Welded(vertices, faces, parts, solid.uv[first], is_watertight)


def is_closed(faces: Faces) -> bool:
    """Whether each directed edge occurs once and its opposite too; nothing at all is not closed.

    Examples
    --------
    >>> tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    >>> is_closed(tetrahedron), is_closed(tetrahedron[:3])
    (True, False)
    """
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    count = int(edges.max(initial=0)) + 1
    there = np.sort(edges[:, 0] * count + edges[:, 1])
    back = np.sort(edges[:, 1] * count + edges[:, 0])
    return len(there) > 0 and bool((there[1:] != there[:-1]).all()) and bool((there == back).all())


def has_flat_face(vertices: NDArray[np.float32], faces: Faces) -> bool:
    """Whether the corners of some face lie on a line."""
    a, b, c = (vertices[faces[:, one]].astype(np.float64) for one in range(3))
    return bool((np.cross(b - a, c - a) == 0).all(axis=1).any())


def parts_by_slope(vertices: NDArray[np.float64], faces: Faces) -> NDArray[np.int8]:
    """Tell top, walls and bottom apart by where faces look, for solids that a boolean has made anew.

    A wall looks sideways to within a thousandth of a degree; the steepest height does not.
    """
    a, b, c = (vertices[faces[:, one]] for one in range(3))
    normal = np.cross(b - a, c - a)
    up = normal[:, 2] / np.maximum(np.linalg.norm(normal, axis=1), 1e-30)
    return np.where(np.abs(up) < 2e-5, Part.WALL, np.where(up > 0, Part.TOP, Part.BOTTOM)).astype(np.int8)
