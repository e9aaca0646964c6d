"""Closed surfaces."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mesh_engine.tin import Tin

Points = NDArray[np.float64]
Faces = NDArray[np.int32]


class Part(IntEnum):
    """Which side of a solid a face is on; normals are smooth within top and bottom, and break where parts meet."""

    TOP = 0
    WALL = 1
    BOTTOM = 2


@dataclass(frozen=True)
class Solid:
    """A closed surface.

    Attributes
    ----------
    vertices : (n, 3) float64
        x right, y up the picture, z towards the viewer.
    faces : (m, 3) int32
        Counter-clockwise seen from outside; every index < n.
    parts : (m,) int8
        A `Part` for each face.
    uv : (n, 2) float32
        Where in the picture a vertex is: 0, 0 = its upper left corner, 1, 1 = its lower right one.
    """

    vertices: Points
    faces: Faces
    parts: NDArray[np.int8]
    uv: NDArray[np.float32]


def uv_of(vertices: Points, rows: int, cols: int) -> NDArray[np.float32]:
    """Where in a picture points in pixels are, 0 at the centre of its lower left pixel; (n, 2) float32."""
    u = (vertices[:, 0] + 0.5) / cols
    v = (rows - 0.5 - vertices[:, 1]) / rows
    return np.clip(np.stack([u, v], axis=1), 0, 1).astype(np.float32)


def over_base(tin: Tin, base: float, columns: int = 1) -> Solid:
    """Close a surface with walls and a flat base under it.

    Parameters
    ----------
    tin : Tin
        The upper side.
    base : float
        How far below 0 the base lies, more than 0.
    columns : int
        The base's vertices inside it, in a row across. A flat base needs 1; one that is bent later needs many, and one
        that is cut has them so that its triangles are short and each meets little of the outline.

    Returns
    -------
    Solid
        In the unit of the surface.
    """
    count = len(tin.vertices)
    loop = _border(tin)
    low = np.arange(len(loop), dtype=np.int32) + count
    spine = np.arange(columns, dtype=np.int32) + count + len(loop)
    rim = np.column_stack([tin.vertices[loop, :2], np.full(len(loop), -base)])
    across = (np.arange(columns) + 0.5) * (tin.cols - 1) / columns
    middle = np.column_stack([across, np.full(columns, (tin.rows - 1) / 2), np.full(columns, -base)])
    vertices = np.concatenate([tin.vertices, rim, middle])
    walls = _walls(loop, low)
    bottom = _spined(low, spine, vertices)
    faces = np.concatenate([tin.faces, walls, bottom])
    return Solid(vertices, faces, _parts(tin.faces, walls, bottom), uv_of(vertices, tin.rows, tin.cols))


def mirrored(solid: Solid) -> Solid:
    """Close the upper side of a solid with its mirror image below z = 0, and walls between them.

    Parameters
    ----------
    solid : Solid
        Its upper side lies above 0 everywhere; walls and lower side do not matter.
    """
    faces, origin = _unpinched(solid.faces[solid.parts == Part.TOP], len(solid.vertices))
    upper, uv = solid.vertices[origin], solid.uv[origin]
    count = len(upper)
    vertices = np.concatenate([upper, upper * np.array([1.0, 1.0, -1.0])])
    starts, ends = _open_edges(faces, count).T
    below = np.int32(count)
    walls = np.concatenate(
        [np.column_stack([starts, starts + below, ends + below]), np.column_stack([starts, ends + below, ends])]
    )
    bottom = faces[:, ::-1] + below
    every = np.concatenate([faces, walls, bottom])
    is_used = np.zeros(len(vertices), bool)
    is_used[every] = True
    where = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return Solid(vertices[is_used], where[every], _parts(faces, walls, bottom), np.concatenate([uv, uv])[is_used])


def _open_edges(faces: Faces, count: int) -> NDArray[np.int32]:
    """The edges of faces that run along no other face, (n, 2), in the faces' winding; `count` vertices there are."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    there, back = edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]
    return edges[~np.isin(there, back)].astype(np.int32)


def _unpinched(faces: Faces, count: int) -> tuple[Faces, NDArray[np.int64]]:
    """Give each part of a surface that touches another in nothing but a vertex a vertex of its own there.

    Walls under such a vertex would otherwise run along one line, which then had four faces.

    Returns
    -------
    ((m, 3) int32, (n,) int64)
        The faces, and which of the `count` vertices each of theirs was; n >= count.
    """
    starts = _open_edges(faces, count)[:, 0]
    borders = np.bincount(starts, minlength=count)
    faces = faces.copy()
    copies: list[int] = []
    at_pinch = np.argwhere(borders[faces] > 1)
    corners: dict[int, list[tuple[int, int]]] = {}
    for face, corner in at_pinch.tolist():
        corners.setdefault(int(faces[face, corner]), []).append((face, corner))
    for vertex, around in corners.items():
        for fan in _fans(faces, around)[1:]:
            for face, corner in fan:
                faces[face, corner] = count + len(copies)
            copies.append(vertex)
    return faces, np.concatenate([np.arange(count), np.array(copies, np.int64)])


def _fans(faces: Faces, around: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Part the (face, corner) around a vertex into runs of neighbours, each from one open edge to the next."""
    by_first = {int(faces[face, (corner + 1) % 3]): (face, corner) for face, corner in around}
    last = {one: int(faces[one[0], (one[1] + 2) % 3]) for one in around}
    inner = set(last.values())
    fans = []
    for first in [neighbour for neighbour in by_first if neighbour not in inner]:
        fan = [by_first.pop(first)]
        # Taken out, so that it ends also where faces share an edge in the same direction.
        while (following := by_first.pop(last[fan[-1]], None)) is not None:
            fan.append(following)
        fans.append(fan)
    return fans


def scaled(solid: Solid, factor: tuple[float, float, float]) -> Solid:
    """Stretch a solid along its axes; factors are more than 0."""
    return replace(solid, vertices=solid.vertices * factor)


def _parts(top: Faces, walls: Faces, bottom: Faces) -> NDArray[np.int8]:
    return np.repeat(np.array(list(Part), np.int8), [len(top), len(walls), len(bottom)])


def _border(tin: Tin) -> NDArray[np.int32]:
    """The vertices around the grid, counter-clockwise from the lower left corner, which comes once."""
    x, y = tin.vertices[:, 0], tin.vertices[:, 1]
    right, top = tin.cols - 1, tin.rows - 1
    sides = [(y == 0, x), (x == right, y), (y == top, -x), (x == 0, -y)]
    runs = []
    for on_side, along in sides:
        found = np.flatnonzero(on_side)
        runs.append(found[np.argsort(along[found])][:-1])
    return np.concatenate(runs).astype(np.int32)


def _walls(upper: NDArray[np.int32], lower: NDArray[np.int32]) -> Faces:
    """Two faces between each pair of neighbours of two loops that run alike."""
    next_upper, next_lower = np.roll(upper, -1), np.roll(lower, -1)
    return np.concatenate(
        [np.column_stack([upper, lower, next_lower]), np.column_stack([upper, next_lower, next_upper])]
    )


def _spined(loop: NDArray[np.int32], spine: NDArray[np.int32], vertices: Points) -> Faces:
    """Fill a rectangle's border from a row of vertices across its middle, seen from below.

    Each border edge gets the vertex of the spine that is nearest to its middle; where it changes from one edge to the
    next, the two spine vertices and the border vertex between make a face. So none is without area.
    """
    ends = np.roll(loop, -1)
    middle = (vertices[loop, 0] + vertices[ends, 0]) / 2
    apex = np.abs(middle[:, None] - vertices[spine, 0]).argmin(axis=1)
    faces = [np.column_stack([ends, loop, spine[apex]])]
    for corner, before, after in zip(ends, apex, np.roll(apex, -1), strict=True):
        step = 1 if after > before else -1
        faces += [np.array([[corner, spine[one], spine[one + step]]]) for one in range(before, after, step)]
    return np.concatenate(faces).astype(np.int32)
