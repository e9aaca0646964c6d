"""Solids that are a surface of heights over a flat base, cut along outlines."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from manifold3d import Manifold

from mesh_engine.cutting import Shape, cut, manifold_of
from mesh_engine.made import Made
from mesh_engine.picture import Field
from mesh_engine.request import Request
from mesh_engine.solid import Solid, over_base, scaled
from mesh_engine.surface_error import surface_error
from mesh_engine.tin import triangulate_heights
from mesh_engine.walk import Walk

# The base has a vertex for every so many pixels of its width.
BASE_PX = 4


@dataclass(frozen=True)
class Surface:
    """A surface over its base, in millimetres, for booleans."""

    solid: Manifold
    error: float
    triangles: int


class SurfaceCutter:
    """Cuts one surface along outlines that are tried one after the other.

    Parameters
    ----------
    heights : (rows, cols) float32
        mm above 0, row 0 = top.
    request : Request
        Uses detail_factor, size.
    walk : Walk
        Passes the stages triangulate, solid.
    finish : callable, optional
        Makes of what is left by the cut what is wanted.
    """

    def __init__(
        self, heights: Field, request: Request, walk: Walk, finish: Callable[[Solid], Solid] = lambda solid: solid
    ) -> None:
        # One pixel more on each side, because an outline may run along the picture's border, half a pixel farther out.
        self._heights = np.pad(heights, 1, mode="edge")
        self._size = request.size
        self._max_error = request.detail * request.size.height_mm
        self._pitch_mm = request.size.width_mm / heights.shape[1]
        self._walk = walk
        self._finish = finish
        self._surface = lru_cache(maxsize=1)(self._triangulated)

    def make(self, shape: Shape, limit: int) -> Made:
        """Cut the surface of at most so many triangles along an outline."""
        surface = self._surface(limit)
        with self._walk.stage("solid", 65):
            highest = float(self._heights.max())
            solid, outline_error = cut(surface.solid, shape, -self._size.base_mm, highest)
            return Made(self._finish(solid), max(surface.error, outline_error), surface.triangles)

    def _triangulated(self, limit: int) -> Surface:
        with self._walk.stage("triangulate", 60):
            tin = triangulate_heights(self._heights, self._max_error, limit)
            error = surface_error(tin, self._heights) / self._size.height_mm
        with self._walk.stage("solid", 65):
            pitch = self._pitch_mm
            closed = over_base(tin, self._size.base_mm, max(1, tin.cols // BASE_PX))
            solid = scaled(closed, (pitch, pitch, 1))
            # The padded grid begins one pixel outside, and pixels' centres half a one inside.
            placed = replace(solid, vertices=solid.vertices - [pitch / 2, pitch / 2, 0])
            # What is flat needs few triangles, and the fewer there are, the sooner it is cut.
            return Surface(manifold_of(placed).simplify(0), error, len(tin.faces))
