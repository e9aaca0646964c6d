"""A solid as the reader of its STL will see it: vertices of float32, those that are equal being one.

An STL has no shared vertices. Two that differ only below float32 become one there, and faces between them vanish; so
what is closed before may be open after. Therefore everything that leaves the engine is welded first, and judged after.
Where rounding breaks a surface, the vertices at fault get places of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mesh_engine.solid import Faces, Part, Solid

# How far a vertex is moved to a place of its own, as a share of the solid's greatest side: a few times what float32
# tells apart there, and no more than 0.0001 mm of 100.
STEP = 2.0**-20
# Each try moves what the one before has left at fault; real pictures need two at most.
MOST_TRIES = 12
# To the eight sides.
STEPS = np.array([[x, y] for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y], np.float64)


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
    """Bring a solid to float32 and make equal vertices one, but for those that must not be.

    Rounding harms a closed surface in two ways: vertices that are no neighbours fall together, so that an edge belongs
    to four faces, and the corners of a sliver fall onto a line. Both end when one vertex gives way by a `STEP`, to the
    side; heights, which have a bound to keep, stay.

    Parameters
    ----------
    solid : Solid
        In mm, closed.

    Returns
    -------
    Welded
        Without the faces that have come to nothing, and with its least x, y, z at 0. Not watertight when the solid was
        not closed.
    """
    # Adding 0 turns -0 into 0, which has other bytes.
    points = (solid.vertices - solid.vertices.min(axis=0)).astype(np.float32) + np.float32(0)
    corner = points.max(axis=0)
    for attempt in range(MOST_TRIES):
        welded, where = _joined(points, solid)
        if welded.is_watertight:
            break
        at_fault = _at_fault(welded, where)
        if not at_fault.any():
            break
        sideways = np.random.default_rng(attempt).choice(STEPS, len(points)) * (STEP * float(corner.max()))
        points[at_fault, :2] += sideways[at_fault].astype(np.float32)
        points = np.clip(points, 0, corner)
    return welded


def _joined(points: NDArray[np.float32], solid: Solid) -> tuple[Welded, NDArray[np.intp]]:
    """Make equal points one; also tells which vertex each point has become."""
    # By columns of numbers: sorting rows as wholes takes twenty times as long.
    order = np.lexsort(points.T[::-1])
    is_new = np.ones(len(points), bool)
    is_new[1:] = (points[order[1:]] != points[order[:-1]]).any(axis=1)
    first = order[is_new]
    where = np.zeros(len(points), np.intp)
    where[order] = np.cumsum(is_new) - 1
    faces = where[solid.faces].astype(np.int32)
    a, b, c = faces.T
    is_left = (a != b) & (b != c) & (c != a)
    faces, parts = faces[is_left], solid.parts[is_left]
    vertices = points[first]
    is_watertight = is_closed(faces) and not flat_faces(vertices, faces).any()
    return Welded(vertices, faces, parts, solid.uv[first], is_watertight), where


def _at_fault(welded: Welded, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which points give way: all but one of those that fell together at a broken edge, and middles of flat faces."""
    is_broken = np.zeros(len(welded.vertices), bool)
    is_broken[_broken_ends(welded.faces)] = True
    is_first = np.zeros(len(where), bool)
    is_first[np.unique(where, return_index=True)[1]] = True
    is_middle = np.zeros(len(welded.vertices), bool)
    is_middle[_middles(welded)] = True
    return np.asarray((is_broken[where] & ~is_first) | is_middle[where])


def _broken_ends(faces: Faces) -> NDArray[np.int64]:
    """Ends of directed edges that occur more than once or whose opposite does not occur once."""
    there, _, count = _edges(faces)
    unique, occurrences = np.unique(there, return_counts=True)
    once = unique[occurrences == 1]
    opposite = once % count * count + once // count
    broken = np.concatenate([unique[occurrences > 1], once[~np.isin(opposite, once, assume_unique=True)]])
    return np.concatenate([broken // count, broken % count])


def _middles(welded: Welded) -> NDArray[np.int32]:
    """Of each flat face the corner between the other two."""
    flat = welded.faces[flat_faces(welded.vertices, welded.faces)]
    corners = welded.vertices[flat].astype(np.float64)
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - np.roll(corners, -2, axis=1), axis=2)
    return flat[np.arange(len(flat)), sides.argmax(axis=1)]


def is_closed(faces: Faces) -> bool:
    """Whether each directed edge occurs once and its opposite too; nothing at all is not closed.

    Examples
    --------
    >>> tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    >>> is_closed(tetrahedron), is_closed(tetrahedron[:3])
    (True, False)
    """
    there, back, _ = _edges(faces)
    there, back = np.sort(there), np.sort(back)
    return len(there) > 0 and bool((there[1:] != there[:-1]).all()) and bool((there == back).all())


def _edges(faces: Faces) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """All directed edges and their opposites, each as one number: from * count + to; and that count."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    count = int(edges.max(initial=0)) + 1
    return edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0], count


def flat_faces(vertices: NDArray[np.float32], faces: Faces) -> NDArray[np.bool_]:
    """Which faces have their corners on a line; (m,) bool."""
    a, b, c = (vertices[faces[:, one]].astype(np.float64) for one in range(3))
    return np.asarray((np.cross(b - a, c - a) == 0).all(axis=1))


def parts_by_slope(vertices: NDArray[np.float64], faces: Faces) -> NDArray[np.int8]:
    """Tell top, walls and bottom apart by where faces look, for solids that a boolean has made anew.

    A wall looks sideways to within a thousandth of a degree; the steepest height does not.
    """
    a, b, c = (vertices[faces[:, one]] for one in range(3))
    normal = np.cross(b - a, c - a)
    up = normal[:, 2] / np.maximum(np.linalg.norm(normal, axis=1), 1e-30)
    return np.where(np.abs(up) < 2e-5, Part.WALL, np.where(up > 0, Part.TOP, Part.BOTTOM)).astype(np.int8)
