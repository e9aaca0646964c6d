"""A surface over a grid of heights with as few triangles as a bound on its error allows.

References
----------
.. [1] M. Garland, P. Heckbert, "Fast Polygonal Approximation of Terrains and Height Fields", CMU-CS-95-181, 1995.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydelatin import Delatin

from mesh_engine.failures import Code, Refused
from mesh_engine.picture import Field

# The triangulation compares in float32, which can be off by the last bit; so much less is asked of it.
STRICT = 1 - 1e-5


@dataclass(frozen=True)
class Tin:
    """A triangulated irregular network over a grid.

    Attributes
    ----------
    vertices : (n, 3) float64
        x right and y up in pixels, 0 at the lower left sample; z the height there, in the unit of the grid.
    faces : (m, 3) int32
        Counter-clockwise seen from above; together they cover the grid once.
    rows, cols : int
        Of the grid.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]
    rows: int
    cols: int


def triangulate_heights(heights: Field, max_error: float, max_triangles: int) -> Tin:
    """Triangulate a grid of heights.

    Parameters
    ----------
    heights : (rows, cols) float32
        Row 0 = top, finite, 2 or more a side.
    max_error : float
        No sample is farther above or below the surface than this, more than 0, unless the cap binds.
    max_triangles : int
        A cap of 2 or more.

    Returns
    -------
    Tin
        Two triangles for a plane.

    Raises
    ------
    Refused
        ``IMAGE_TOO_SMALL`` for a side of less than 2, which the algorithm does not close; ``HEIGHTS_INVALID`` for
        heights that are not finite, which it takes for a plane without a word.
    """
    rows, cols = heights.shape
    if min(rows, cols) < 2:
        raise Refused(Code.IMAGE_TOO_SMALL, f"heights are {cols} x {rows}; a side needs 2 or more")
    if not np.isfinite(heights).all():
        raise Refused(Code.HEIGHTS_INVALID, "heights are not finite; allowed are finite numbers")
    network = Delatin(heights, max_error=max_error * STRICT, max_triangles=max(2, max_triangles))
    return Tin(network.vertices.astype(np.float64), network.triangles.astype(np.int32), rows, cols)
