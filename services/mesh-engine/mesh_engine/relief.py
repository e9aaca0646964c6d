"""Brightness is height, or darkness is thickness: a plate with the picture on its upper side."""

import math
from dataclasses import replace

import numpy as np

from mesh_engine.bend import Bend, bent, curved, straightened
from mesh_engine.heights import heights_of
from mesh_engine.made import Made, within_cap
from mesh_engine.picture import Picture
from mesh_engine.request import Request
from mesh_engine.solid import over_base, scaled
from mesh_engine.surface_error import surface_error
from mesh_engine.tin import triangulate_heights
from mesh_engine.walk import Walk


def make_relief(picture: Picture, request: Request, walk: Walk) -> Made:
    """Make a plate whose height is the picture's brightness.

    Parameters
    ----------
    picture : Picture
        Working.
    request : Request
        Uses detail_factor, max_triangles, size, height.
    walk : Walk
        Passes the stages height, triangulate, solid.

    Returns
    -------
    Made
        Its error is a share of the height range. A picture of one colour gives a box.
    """
    return _plate(picture, request, walk)


def make_lithophane(picture: Picture, request: Request, walk: Walk) -> Made:
    """Make a plate whose thickness is the picture's darkness, to be held against the light; bent when a curve is asked.

    As `make_relief`, but that bright is thin; what is transparent is thinnest.
    """
    negative = replace(request.height, invert=not request.height.invert)
    return _plate(picture, replace(request, height=negative), walk)


def _plate(picture: Picture, request: Request, walk: Walk) -> Made:
    size = request.size
    with walk.stage("height", 15):
        heights = heights_of(picture, request.height) * np.float32(size.height_mm)
        bend = _bend_of(request)
        if bend:
            heights = curved(heights, bend)
    max_error = request.detail * size.height_mm
    pitch = size.width_mm / (heights.shape[1] - 1)

    def make(limit: int) -> Made:
        with walk.stage("triangulate", 60):
            tin = triangulate_heights(heights, max_error, limit)
            error = surface_error(tin, heights) / size.height_mm
        with walk.stage("solid", 65):
            flat = straightened(tin, bend) if bend else tin
            columns = bend.columns(max_error) if bend else 1
            solid = scaled(over_base(flat, size.base_mm, columns), (pitch, pitch, 1))
            return Made(bent(solid, bend, size.base_mm) if bend else solid, error, len(tin.faces))

    return within_cap(make, request.max_triangles)


def _bend_of(request: Request) -> Bend | None:
    if request.height.curve_deg == 0:
        return None
    size = request.size
    return Bend(math.radians(request.height.curve_deg), size.width_mm, size.base_mm + size.height_mm)
