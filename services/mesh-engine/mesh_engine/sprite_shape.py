"""From a picture to the outline of a sprite: mask, contours, simplification."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from manifold3d import JoinType
from numpy.typing import NDArray

from mesh_engine.heights import LUMA
from mesh_engine.outline import TRANSPARENT_SHARE, Outlines, Ring, area, section_of, simplified, trace
from mesh_engine.picture import Field, Picture
from mesh_engine.request import Request, Sprite

# An arc is drawn with so many corners where hollows are bridged; the outline is simplified afterwards anyway.
ARC_SEGMENTS = 32
# A bound on vertices may double the bound on the error so often: from a pixel to the whole of the largest picture.
MOST_TRIES = 16


@dataclass(frozen=True)
class SpriteOutline:
    """A sprite's outline.

    Attributes
    ----------
    rings : list of (n, 2) float64
        px, x right, y up, 0 at the picture's lower left corner. The largest part's outer line first; outer lines run
        counter-clockwise, holes clockwise.
    error : float
        Measured, as a share of the picture's diagonal.
    """

    rings: list[Ring]
    error: float


def mask_of(picture: Picture, sprite: Sprite) -> tuple[Field, float]:
    """What of a picture is within.

    Parameters
    ----------
    picture : Picture
        As it was read.
    sprite : Sprite
        Uses alpha_threshold, binary_threshold, blur_kernel_size.

    Returns
    -------
    field : (rows, cols) float32
        Opacity of 0 to 255; darkness when less than a hundredth of the picture is transparent.
    threshold : float
        What is above is within.
    """
    field, threshold = _opacity(picture), sprite.alpha_threshold + 0.5
    if (field <= threshold).mean() < TRANSPARENT_SHARE:
        field = 255 - np.asarray(_of_255(picture.colour) @ LUMA, np.float32)
        threshold = 255 - sprite.binary_threshold + 0.5
    side = sprite.blur_kernel_size
    if side > 1:
        field = np.asarray(cv2.GaussianBlur(field, (side, side), 0, borderType=cv2.BORDER_CONSTANT), np.float32)
    # Where 255 is asked for, nothing is above it; what is there at all is then within.
    return field, min(threshold, 254.75)


def contours_of(field: Field, threshold: float, sprite: Sprite) -> list[Ring]:
    """Trace the parts and holes that are large enough; `Refused` with ``OUTLINE_EMPTY`` when there is none."""
    return trace(field, threshold, float(sprite.min_contour_area))


def bridged(rings: list[Ring], concave_factor: int, diagonal: float) -> list[Ring]:
    """Fill hollows and gaps that are narrower than a share of the picture's diagonal.

    Parameters
    ----------
    rings : list of Ring
        As they were traced.
    concave_factor : int
        That share in percent: 0 leaves all as it is, 100 gives the convex hull.
    diagonal : float
        px.
    """
    if concave_factor == 0:
        return rings
    section = section_of(rings)
    if concave_factor >= 100:
        return list(section.hull().to_polygons())
    radius = concave_factor / 100 * diagonal / 2
    grown = section.offset(radius, JoinType.Round, circular_segments=ARC_SEGMENTS)
    # Rounding in and out leaves slivers; what was there before stays.
    return list((grown.offset(-radius, JoinType.Round, circular_segments=ARC_SEGMENTS) + section).to_polygons())


def simplified_sprite(rings: list[Ring], picture: Picture, request: Request) -> SpriteOutline:
    """Simplify within the detail, coarser where max_vertices or max_triangles bind."""
    outlines = _coarse_enough(rings, request.detail * picture.diagonal, _most_vertices(request))
    # Turned over, so that y points up; a line that is turned over runs the other way round.
    up = [ring[::-1] * [1, -1] + [0.5, picture.rows - 0.5] for ring in outlines.section.to_polygons()]
    return SpriteOutline(_main_first(up), outlines.error_px / picture.diagonal)


def _coarse_enough(rings: list[Ring], tolerance: float, most: int) -> Outlines:
    """The finest of ever coarser outlines that has few enough vertices, in steps of a quarter."""
    outlines = simplified(rings, tolerance)
    for _ in range(MOST_TRIES):
        if outlines.section.num_vert() <= most:
            break
        tolerance *= 1.25
        outlines = simplified(rings, tolerance)
    return outlines


def _most_vertices(request: Request) -> int:
    """A triangulation has at most twice as many triangles as vertices, and holes that add two each."""
    by_triangles = request.max_triangles // 2
    asked = request.sprite.max_vertices
    return min(asked, by_triangles) if asked else by_triangles


def _main_first(rings: list[Ring]) -> list[Ring]:
    """Outer lines counter-clockwise and holes clockwise, which they are; the largest part first."""
    return sorted(rings, key=lambda ring: -area(ring))


def _opacity(picture: Picture) -> Field:
    shape = (picture.rows, picture.cols)
    return np.full(shape, 255, np.float32) if picture.alpha is None else _of_255(picture.alpha)


def _of_255(numbers: NDArray[Any]) -> Field:
    scale = 1 if numbers.dtype == np.uint8 else 257
    return np.asarray(numbers, np.float32) / np.float32(scale)
