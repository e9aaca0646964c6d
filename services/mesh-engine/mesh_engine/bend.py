"""Bending a flat solid around an upright axis.

A straight triangle on a cylinder is a chord, so a flat plate of two triangles would cut through the air. Instead of
splitting edges afterwards, the curvature is part of what is triangulated: the heights minus the parabola of the
cylinder. Where the plate is flat, the parabola is not, and the bound on the error keeps the chords short.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from mesh_engine.picture import Field
from mesh_engine.solid import Solid
from mesh_engine.tin import Tin


@dataclass(frozen=True)
class Bend:
    """An arc that a plate is bent to.

    Attributes
    ----------
    angle : float
        Of the whole width, in radians, more than 0 up to 350 degrees.
    width_mm : float
        Of the plate's lower side, which keeps its length.
    thickness_mm : float
        The plate's greatest.
    """

    angle: float
    width_mm: float
    thickness_mm: float

    @property
    def radius_mm(self) -> float:
        """Of the lower side, around the axis."""
        return self.width_mm / self.angle

    def sag(self, cols: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """How far the bent upper side falls behind its middle at each column, in mm, as a parabola; (cols,) float64."""
        turned = np.linspace(-self.angle / 2, self.angle / 2, cols)
        return (self.radius_mm + self.thickness_mm) * turned**2 / 2

    def columns(self, max_error_mm: float) -> int:
        """Into how many chords the arc is cut, so that none is farther than the error from it."""
        reach = self.radius_mm + self.thickness_mm
        widest = 2 * math.acos(max(0.0, 1 - min(max_error_mm, reach) / reach))
        return max(1, math.ceil(self.angle / widest))


def curved(heights_mm: Field, bend: Bend) -> Field:
    """Heights in mm to triangulate for a plate that will be bent."""
    return np.asarray(heights_mm - bend.sag(heights_mm.shape[1]), np.float32)


def straightened(tin: Tin, bend: Bend) -> Tin:
    """Take the curvature out of the vertices again."""
    lift = bend.sag(tin.cols)[np.rint(tin.vertices[:, 0]).astype(np.int64)]
    return replace(tin, vertices=tin.vertices + np.stack([0 * lift, 0 * lift, lift], axis=1))


def bent(solid: Solid, bend: Bend, base_mm: float) -> Solid:
    """Bend a flat solid in mm, x from 0 to its width and its lower side at -base_mm, so that its upper side is outside.

    Returns
    -------
    Solid
        Its axis is parallel to y; the middle of the picture looks along z.
    """
    x, y, z = solid.vertices.T
    angle = (x / bend.width_mm - 0.5) * bend.angle
    radius = bend.radius_mm + base_mm + z
    return replace(solid, vertices=np.stack([radius * np.sin(angle), y, radius * np.cos(angle)], axis=1))
