"""From a picture to outlines: closed lines around what is opaque, with holes, simplified within a bound."""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from contourpy import FillType, contour_generator
from manifold3d import CrossSection, FillRule
from numpy.typing import NDArray

from mesh_engine.failures import Code, Refused
from mesh_engine.heights import channel_of
from mesh_engine.outline_distance import outline_distance
from mesh_engine.picture import Field, Picture
from mesh_engine.request import Channel

Ring = NDArray[np.float64]
"""(n, 2) float64, px, x right and y down, 0 at the centre of the upper left pixel; not closed by a repetition."""

# So much of a picture has to be transparent before its transparency is taken for a shape.
TRANSPARENT_SHARE = 0.01
# A bound that lines cross at is halved; a quarter of a million times less, nothing is left to cross.
MOST_TRIES = 18


@dataclass(frozen=True)
class Outlines:
    """Simplified outlines and how well they follow the picture.

    Attributes
    ----------
    section : CrossSection
        The area within, px, y down.
    error_px : float
        Measured: no point of the traced lines is farther from these, nor the other way round.
    """

    section: CrossSection
    error_px: float


def transparent_share(picture: Picture) -> float:
    """How much of a working picture is rather transparent than opaque, 0 to 1."""
    return 0.0 if picture.alpha is None else float((np.asarray(picture.alpha) < 0.5).mean())


def opacity_field(picture: Picture) -> Field:
    """How much each pixel of a working picture belongs to the shape, (rows, cols) float32 of 0 to 1.

    Opacity where a hundredth of the picture or more is transparent. Else how much a pixel is ink: dark on a bright
    ground, bright on a dark one; the ground is what most of the border is.
    """
    if picture.alpha is not None and transparent_share(picture) >= TRANSPARENT_SHARE:
        return np.asarray(picture.alpha, np.float32)
    luma = channel_of(picture, Channel.LUMA)
    border = np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]])
    return luma if np.median(border) < otsu(luma) else 1 - luma


def otsu(field: Field) -> float:
    """Otsu's threshold of a field of 0 to 1, strictly within; 0.5 for a constant.

    References
    ----------
    .. [1] N. Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Trans. SMC 9(1), 1979.
    """
    levels = np.rint(np.clip(field, 0, 1) * 255).astype(np.uint8)
    if levels.min() == levels.max():
        return 0.5
    level, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return (float(level) + 0.5) / 255


def trace(field: Field, threshold: float, min_area: float) -> list[Ring]:
    """Trace the lines at a threshold between pixels, by marching squares.

    Parameters
    ----------
    field : (rows, cols) float32
        What is outside the picture counts as 0.
    threshold : float
        What is above is within.
    min_area : float
        Parts and holes smaller than this are left out, px2.

    Returns
    -------
    list of Ring
        Outer lines and holes in any order, none crossing another.

    Raises
    ------
    Refused
        ``OUTLINE_EMPTY`` when nothing is left.
    """
    padded = np.pad(field.astype(np.float64), 1)
    found: Any = contour_generator(z=padded, fill_type=FillType.OuterOffset).filled(threshold, math.inf)
    rings = [
        points[a : b - 1] - 1.0 for points, offsets in zip(*found, strict=True) for a, b in itertools.pairwise(offsets)
    ]
    rings = [ring for ring in rings if len(ring) >= 3 and abs(area(ring)) >= max(min_area, 1e-6)]
    if not rings:
        raise Refused(
            Code.OUTLINE_EMPTY,
            f"nothing of {min_area:g} px2 or more is above the threshold {threshold:.3g}; "
            "allowed are pictures with something in them, or lower the threshold",
        )
    return rings


def area(ring: Ring) -> float:
    """Signed area, px2; positive when the line runs clockwise on the screen, where y points down."""
    x, y = ring.T
    # Without np.roll, which takes longer than all else for the small rings that pictures are full of.
    across = np.dot(x[:-1], y[1:]) - np.dot(y[:-1], x[1:]) + x[-1] * y[0] - y[-1] * x[0]
    return float(across) / 2


def simplified(rings: list[Ring], tolerance: float) -> Outlines:
    """Leave out vertices of outlines as far as a bound allows.

    Parameters
    ----------
    rings : list of Ring
        As they were traced.
    tolerance : float
        The bound, px.

    Returns
    -------
    Outlines
        Without crossings. Its measured error keeps the bound: where the result would not, a smaller bound is tried.

    References
    ----------
    .. [1] D. Douglas, T. Peucker, "Algorithms for the Reduction of the Number of Points Required to Represent a
    Digitized
       Line or its Caricature", Cartographica 10(2), 1973.
    """
    attempt = tolerance
    for _ in range(MOST_TRIES):
        outlines = _measured(section_of([_reduced(ring, attempt) for ring in rings]), rings)
        if outlines.error_px <= tolerance:
            return outlines
        attempt /= 2
    return _measured(section_of(rings), rings)


def section_of(rings: list[Ring]) -> CrossSection:
    """The area between lines, of which every second one, from the outside, is a hole."""
    return CrossSection(rings, FillRule.EvenOdd)


def _measured(section: CrossSection, traced: list[Ring]) -> Outlines:
    error = outline_distance(_closed(traced), _closed(section.to_polygons()))
    return Outlines(section, error)


def _closed(rings: list[Ring]) -> list[Ring]:
    """Lines that end where they begin."""
    return [ring[np.r_[0 : len(ring), 0]] for ring in rings]


def _reduced(ring: Ring, tolerance: float) -> Ring:
    """Reduce one line; one that would vanish, being smaller than the bound, gets a smaller bound."""
    while True:
        reduced = cv2.approxPolyDP(_as_contour(ring), tolerance, True).reshape(-1, 2).astype(np.float64)
        if len(reduced) >= 3 and abs(area(reduced)) > 0.25 * abs(area(ring)):
            return reduced
        if tolerance < 1e-4:
            return ring
        tolerance /= 2


def _as_contour(ring: Ring) -> NDArray[np.float32]:
    return np.ascontiguousarray(ring, np.float32).reshape(-1, 1, 2)
