"""Points inside a sprite's outline, for bending it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from mesh_engine.delaunay import hexagonal
from mesh_engine.outline import Ring, area
from mesh_engine.request import Request

# Each costs a tenth of a millisecond; more are beyond what a skeleton bends.
MOST_POINTS = 10_000
# Distances from the outline are read off a raster of at least this many steps along the longer side.
RASTER_PX = 1024
# Inner points keep so much of their own distance from the outline.
SHARE_FROM_OUTLINE = 0.45
MOST_TRIES = 6

Points = NDArray[np.float64]


def points_inside(rings: list[Ring], request: Request, size: tuple[int, int]) -> tuple[Points, list[str]]:
    """Spread points evenly inside an outline.

    Parameters
    ----------
    rings : list of (n, 2) float64
        The outline, px, y up.
    request : Request
        Uses max_triangles and of sprite: internal_vertex_density (none at 0), density_scaling_factor, max_vertices,
        min_triangle_area. Each point stands for density_scaling_factor / internal_vertex_density px2, or more where a
        cap binds.
    size : (int, int)
        Rows and columns of the picture.

    Returns
    -------
    points : (n, 2) float64
        Neighbours mostly one after the other.
    warnings : list of str
        When a cap has made them fewer.
    """
    sprite = request.sprite
    room, cap = _room(rings, request)
    if sprite.internal_vertex_density == 0 or room <= 0:
        return np.zeros((0, 2)), []
    within = sum(area(ring) for ring in rings)
    # A triangle of the even grid has half of the area that a point stands for.
    asked = max(sprite.density_scaling_factor / sprite.internal_vertex_density, 2 * sprite.min_triangle_area)
    each = max(asked, within / room / 2)
    distance, scale = _distances(rings, size)
    for _ in range(MOST_TRIES):
        points = _spread(distance, scale, each)
        if len(points) <= room:
            break
        each *= 1.02 * len(points) / room
    warnings = [f"{cap} binds: each inner vertex stands for {each:.3g} px2, asked for were {asked:.3g}"]
    return points[:room], warnings if each > asked else []


def _room(rings: list[Ring], request: Request) -> tuple[int, str]:
    """How many inner points there may be, and what says so."""
    outline = sum(len(ring) for ring in rings)
    # A triangulation of n points on lines and k inside has n - 2 + 2 k triangles, and two more for each hole.
    triangles = outline + 2 * len(rings)
    caps = [(MOST_POINTS, f"the most inner vertices, {MOST_POINTS},")]
    caps.append(((request.max_triangles - triangles) // 2, f"max_triangles {request.max_triangles}"))
    most = request.sprite.max_vertices
    if most:
        caps.append((most - outline, f"max_vertices {most}"))
    return min(caps)


def _distances(rings: list[Ring], size: tuple[int, int]) -> tuple[NDArray[np.float32], int]:
    """Distance from the outline on a raster of so many steps a pixel, 0 outside."""
    scale = max(1, math.ceil(RASTER_PX / max(size)))
    mask = np.zeros((size[0] * scale, size[1] * scale), np.uint8)
    cv2.fillPoly(mask, [np.rint(ring * scale - 0.5).astype(np.int32) for ring in rings], 1)
    padded = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(padded[1:-1, 1:-1] / scale, np.float32), scale


def _spread(distance: NDArray[np.float32], scale: int, each: float) -> Points:
    rows, cols = distance.shape
    points = hexagonal((0, 0), (cols / scale, rows / scale), each)
    x, y = (points * scale).astype(np.int64).T
    return points[distance[y, x] > SHARE_FROM_OUTLINE * math.sqrt(each)]
