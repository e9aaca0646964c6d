"""Solids within the picture's outline: drawn up, a relief cut out, or puffed up."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import cv2
import numpy as np

from mesh_engine.cutting import Shape, cut, drawn_up, shape_of, solid_of, threshold_of
from mesh_engine.heights import heights_of
from mesh_engine.made import Made, within_cap
from mesh_engine.outline import opacity_field
from mesh_engine.picture import Field, Picture
from mesh_engine.relief import STRICT
from mesh_engine.request import Request
from mesh_engine.solid import Solid, mirrored, over_base, scaled
from mesh_engine.surface_error import surface_error
from mesh_engine.texture import filled
from mesh_engine.tin import Tin, triangulate_heights
from mesh_engine.walk import Walk
from mesh_engine.weld import weld

# Half the thickness of an inflation at its edge, mm: thin enough to look sharp, thick enough to be printed.
RIM_MM = 0.2
# How often a cap on triangles may double the bounds of an outline.
MOST_TRIES = 12

# Makes a solid within a shape, with a surface of at most so many triangles.
Make = Callable[[Shape, int], Made]


def make_extrusion(picture: Picture, request: Request, walk: Walk) -> Made:
    """Draw the outline up to a solid of one thickness.

    Parameters
    ----------
    picture : Picture
        Working.
    request : Request
        Uses detail_factor, max_triangles, size.width_mm and height_mm, outline.
    walk : Walk
        Passes the stages height, solid.

    Returns
    -------
    Made
        Its error is a share of the picture's diagonal.
    """

    def make(shape: Shape, _: int) -> Made:
        with walk.stage("solid", 65):
            prism = drawn_up(shape, 0, request.size.height_mm)
            return Made(weld(solid_of(prism, shape)), shape.error, surface=0)

    return _coarse_enough(picture, request, walk, make)


def make_cutout(picture: Picture, request: Request, walk: Walk) -> Made:
    """Cut a relief along the outline; uses height and size.base_mm too, passes triangulate too.

    Its error is the greater of the relief's, as a share of the height range, and the outline's, as a share of the
    diagonal.
    """
    size = request.size
    with walk.stage("height", 15):
        # Within the outline everything counts as opaque: a soft edge must not bevel the relief.
        opaque = replace(picture, colour=filled(picture), alpha=None)
        heights = heights_of(opaque, replace(request.height, border_px=0)) * np.float32(size.height_mm)

    return _coarse_enough(
        picture, request, walk, _surface_cutter(heights, request, walk, lambda tin: over_base(tin, size.base_mm))
    )


def make_inflation(picture: Picture, request: Request, walk: Walk) -> Made:
    """Puff the outline up on both sides, highest where it is widest; all else as for `make_cutout`."""
    with walk.stage("height", 15):
        heights = _puffed(picture, request) * np.float32(request.size.height_mm)

    return _coarse_enough(
        picture, request, walk, _surface_cutter(heights, request, walk, lambda tin: mirrored(tin, RIM_MM))
    )


def _coarse_enough(picture: Picture, request: Request, walk: Walk, make: Make) -> Made:
    """Give up detail until the solid has few enough triangles, or nothing is left to give up.

    The outline is loosened first, as far as its share of the diagonal allows: a bound that is kept costs nobody
    anything. The surface follows, and then the outline beyond its bound.
    """
    cap, slack = request.max_triangles, 1.0
    for _ in range(MOST_TRIES):
        with walk.stage("height", 15):
            shape = shape_of(picture, request, slack)
        made = make(shape, cap)
        if made.count > cap and 2 * shape.error > request.detail:
            made = within_cap(partial(make, shape), cap)
        if made.count <= cap:
            break
        slack *= 2
    return made


def _surface_cutter(heights: Field, request: Request, walk: Walk, close: Callable[[Tin], Solid]) -> Make:
    # One pixel more on each side, because an outline may run along the picture's border, half a pixel farther out.
    wide = np.pad(heights, 1, mode="edge")
    size = request.size
    max_error = request.detail * size.height_mm
    low, high = -size.base_mm - size.height_mm, size.height_mm + RIM_MM

    # Outlines are tried one after the other with the same surface.
    @lru_cache(maxsize=1)
    def surface(limit: int) -> tuple[Tin, float]:
        with walk.stage("triangulate", 60):
            tin = triangulate_heights(wide, max_error * STRICT, limit)
            return tin, surface_error(tin, wide) / size.height_mm

    def make(shape: Shape, limit: int) -> Made:
        tin, error = surface(limit)
        with walk.stage("solid", 65):
            # The padded grid begins one pixel outside, and pixels' centres half a one inside.
            solid = scaled(close(tin), (shape.pitch_mm, shape.pitch_mm, 1))
            placed = replace(solid, vertices=solid.vertices - [shape.pitch_mm / 2, shape.pitch_mm / 2, 0])
            welded, outline_error = cut(placed, shape, low, high)
            return Made(welded, max(error, outline_error), len(tin.faces))

    return make


def _puffed(picture: Picture, request: Request) -> Field:
    """A quarter circle over the distance from the outline, (rows, cols) float32 of 0 to 1."""
    field = opacity_field(picture)
    within = np.pad((field >= threshold_of(request, field)).astype(np.uint8), 1)
    distance = np.maximum(cv2.distanceTransform(within, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1] - 0.5, 0)
    widest = float(distance.max())
    if widest == 0:
        return np.zeros_like(field)
    return np.sqrt(1 - (1 - distance / widest) ** 2).astype(np.float32)
