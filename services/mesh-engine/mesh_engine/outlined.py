"""Solids within the picture's outline: drawn up, a relief cut out, or puffed up."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from mesh_engine.cutting import Shape, outline_bound, prism, shape_of, threshold_of
from mesh_engine.heights import heights_of
from mesh_engine.made import Made, within_cap
from mesh_engine.outline import opacity_field
from mesh_engine.picture import Field, Picture
from mesh_engine.request import Request
from mesh_engine.solid import mirrored
from mesh_engine.surface_cutter import SurfaceCutter
from mesh_engine.texture import filled
from mesh_engine.walk import Walk

# Half the thickness of an inflation at its edge, mm: thin enough to look sharp, thick enough to be printed.
RIM_MM = 0.2
# How often a cap on triangles may double the bounds of an outline.
MOST_TRIES = 12
# A coarser outline leaves the surface little more of the cap, when it has less than this share of it.
OUTLINE_SHARE = 0.25
# An outline of many small parts does not become coarser for ever: none is left out.
COARSER = 0.9

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
            return Made(prism(shape, request.size.height_mm), shape.error, surface=0)

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

    return _coarse_enough(picture, request, walk, SurfaceCutter(heights, request, walk).make)


def make_inflation(picture: Picture, request: Request, walk: Walk) -> Made:
    """Puff the outline up on both sides, highest where it is widest; all else as for `make_cutout`."""
    with walk.stage("height", 15):
        heights = _puffed(picture, request) * np.float32(request.size.height_mm) + np.float32(RIM_MM)

    return _coarse_enough(picture, request, walk, SurfaceCutter(heights, request, walk, mirrored).make)


def _coarse_enough(picture: Picture, request: Request, walk: Walk, make: Make) -> Made:
    """Give up detail until the solid has few enough triangles, or nothing is left to give up.

    The outline is loosened first, as far as its share of the diagonal allows: a bound that is kept costs nobody
    anything. The surface follows, and then the outline beyond its bound, as long as it is what fills the cap and errs
    by less. Making a solid takes long, so one that can be foreseen to have too many triangles, by its outline and what
    the last one had beside it, is not made.
    """
    cap, beside, has_yielded = request.max_triangles, 0, False
    # So many times its bound in px an outline may be loosened before it is beyond its share of the diagonal.
    slack, widest = 1.0, request.detail * picture.diagonal / outline_bound(picture, request)
    best: Made | None = None
    tried = math.inf
    for attempt in range(MOST_TRIES):
        if attempt > 0:
            # No outline will do without the surface, when that has too many by itself.
            slack = max(2 * slack, widest) if beside > cap else 2 * slack
        with walk.stage("height", 15):
            shape = shape_of(picture, request, slack)
        if best and shape.triangles > COARSER * tried:
            break
        surface_yields = slack >= widest or 2 * shape.error > request.detail
        foreseen = shape.triangles if surface_yields and not has_yielded else shape.triangles + beside
        if foreseen > cap and attempt < MOST_TRIES - 1:
            continue
        made = within_cap(partial(make, shape), cap) if surface_yields else make(shape, cap)
        tried = shape.triangles
        if made.count > cap:
            beside, has_yielded = made.count - shape.triangles, surface_yields
            continue
        if best and made.error >= best.error:
            break
        best = made
        if made.error <= max(request.detail, 2 * shape.error) or shape.triangles < OUTLINE_SHARE * cap:
            break
    return best or made


def _puffed(picture: Picture, request: Request) -> Field:
    """A quarter circle over the distance from the outline, (rows, cols) float32 of 0 to 1."""
    field = opacity_field(picture)
    within = np.pad((field >= threshold_of(request, field)).astype(np.uint8), 1)
    distance = np.maximum(cv2.distanceTransform(within, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1] - 0.5, 0)
    widest = float(distance.max())
    if widest == 0:
        return np.zeros_like(field)
    return np.sqrt(1 - (1 - distance / widest) ** 2).astype(np.float32)
