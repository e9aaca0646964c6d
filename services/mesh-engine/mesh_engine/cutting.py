"""Cutting a solid along outlines."""

import math
from dataclasses import dataclass, replace

import numpy as np
from manifold3d import CrossSection, Manifold, Mesh64
from numpy.typing import NDArray

from mesh_engine.failures import Code, Refused
from mesh_engine.outline import Outlines, opacity_field, otsu, simplified, trace
from mesh_engine.picture import Field, Picture
from mesh_engine.request import Request
from mesh_engine.solid import Faces, Part, Points, Solid
from mesh_engine.weld import parts_by_slope

# An outline at half pixels meets the lattice that a surface's vertices stand on, and a boolean of the two is full of
# slivers and of vertices that differ only below float32. Moved to the right and up by this much, it meets nothing.
NUDGE_PX = 0.0137
# Outlines are cut out of solids from so far below to so far above them, mm.
MARGIN_MM = 1.0
# Booleans say of each face of theirs which mesh it comes from; a solid goes in as one for each part.
FIRST_PART_ID = Manifold.reserve_ids(len(Part))


@dataclass(frozen=True)
class Shape:
    """Outlines in millimetres.

    Attributes
    ----------
    section : CrossSection
        x right, y up, 0 at the picture's lower left corner.
    error : float
        Measured, as a share of the picture's diagonal.
    pitch_mm : float
        Of a pixel of the working picture.
    width_mm, depth_mm : float
        Of the whole picture.
    """

    section: CrossSection
    error: float
    pitch_mm: float
    width_mm: float
    depth_mm: float

    @property
    def triangles(self) -> int:
        """How many triangles of a solid the outline takes at least.

        Each vertex takes two in the wall, one above and one below; each part saves four, each hole costs four more.
        """
        return 4 * (self.section.num_vert() - self.section.num_contour())


def threshold_of(request: Request, field: Field) -> float:
    """The threshold that was asked for, a little within 0 to 1 so that both sides of it exist, else Otsu's."""
    asked = request.outline.threshold
    return otsu(field) if asked is None else min(max(asked, 1e-3), 1 - 1e-3)


def outline_bound(picture: Picture, request: Request) -> float:
    """How far an outline may be from the traced one, px, more than 0: both of the bounds that were asked for."""
    return max(min(request.outline.simplify_px, request.detail * picture.diagonal), 1e-3)


def shape_of(picture: Picture, request: Request, slack: float = 1.0) -> Shape:
    """Find a picture's outlines in millimetres.

    Parameters
    ----------
    picture : Picture
        Working.
    request : Request
        Uses detail_factor, outline, size; the outline keeps both of its bounds.
    slack : float
        Loosens both bounds, for a coarser outline than was asked for.

    Raises
    ------
    Refused
        ``OUTLINE_EMPTY`` when there is none.
    """
    field = opacity_field(picture)
    rings = trace(field, threshold_of(request, field), request.outline.min_area_px)
    outlines: Outlines = simplified(rings, outline_bound(picture, request) * slack)
    pitch = request.size.width_mm / picture.cols
    # From pixel centres, y down, to millimetres, y up.
    to_mm = np.array([[pitch, 0, pitch / 2], [0, -pitch, (picture.rows - 0.5) * pitch]])
    section = outlines.section.transform(to_mm)
    return Shape(section, outlines.error_px / picture.diagonal, pitch, picture.cols * pitch, picture.rows * pitch)


def prism(shape: Shape, height: float) -> Solid:
    """A shape drawn up from 0 to a height in mm; raises as `cut` does."""
    mesh = _mesh(_drawn_up(shape, 0, height))
    vertices, faces = _points(mesh), _faces(mesh)
    return _pictured(vertices, faces, parts_by_slope(vertices, faces), shape)


def cut(solid: Manifold, shape: Shape, low: float, high: float) -> tuple[Solid, float]:
    """Keep what of a solid is within a shape.

    Parameters
    ----------
    solid : Manifold
        Of `manifold_of`, in mm, reaching beyond the shape on all sides.
    shape : Shape
        What to keep.
    low, high : float
        Between which the solid lies, mm.

    Returns
    -------
    (Solid, float)
        And the outline's error as a share of the diagonal, the nudge in it.

    Raises
    ------
    Refused
        ``OUTLINE_EMPTY`` when nothing is left.
    """
    nudge = NUDGE_PX * shape.pitch_mm
    nudged = replace(shape, section=shape.section.translate((nudge, nudge)))
    mesh = _mesh(solid ^ _drawn_up(nudged, low - MARGIN_MM, high + MARGIN_MM))
    error = shape.error + math.hypot(nudge, nudge) / math.hypot(shape.width_mm, shape.depth_mm)
    return _pictured(_points(mesh), _faces(mesh), _parts(mesh), shape), error


def manifold_of(solid: Solid) -> Manifold:
    """A solid, its faces in the order of their parts, for booleans; float64 all through."""
    ends = np.searchsorted(solid.parts, np.arange(len(Part) + 1))
    return Manifold(
        Mesh64(
            np.ascontiguousarray(solid.vertices),
            np.ascontiguousarray(solid.faces, np.uint64),
            run_index=(3 * ends).astype(np.uint64),
            run_original_id=(FIRST_PART_ID + np.arange(len(Part))).astype(np.uint32),
        )
    )


def _drawn_up(shape: Shape, low: float, high: float) -> Manifold:
    return shape.section.extrude(high - low).translate((0, 0, low))


def _mesh(manifold: Manifold) -> Mesh64:
    if manifold.is_empty():
        raise Refused(Code.OUTLINE_EMPTY, "nothing of the picture is within the outline; lower the threshold")
    return manifold.to_mesh64()


def _parts(mesh: Mesh64) -> NDArray[np.int8]:
    """What each face was before the cut, (m,); those that the cut has made are walls.

    Their slope would not tell: a sliver looks anywhere.
    """
    run = np.asarray(mesh.run_original_id, np.int64) - FIRST_PART_ID
    part = np.where((run >= 0) & (run < len(Part)), run, Part.WALL)
    ends = np.asarray(mesh.run_index, np.int64) // 3
    return np.repeat(part, ends[1:] - ends[:-1]).astype(np.int8)


def _points(mesh: Mesh64) -> Points:
    return np.asarray(mesh.vert_properties, np.float64)[:, :3]


def _faces(mesh: Mesh64) -> Faces:
    return np.asarray(mesh.tri_verts).astype(np.int32)


def _pictured(vertices: Points, faces: Faces, parts: NDArray[np.int8], shape: Shape) -> Solid:
    """A solid with the picture laid onto it from above."""
    u, v = vertices[:, 0] / shape.width_mm, 1 - vertices[:, 1] / shape.depth_mm
    uv = np.clip(np.stack([u, v], axis=1), 0, 1).astype(np.float32)
    return Solid(vertices, faces, parts, uv)
