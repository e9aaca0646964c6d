"""How far a triangulated surface is from its grid, measured on every sample.

It shares nothing with the triangulation, whose own word would prove nothing: each triangle is drawn onto the grid, in
whole numbers, and compared with what lies under it.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from mesh_engine.picture import Field
from mesh_engine.tin import Tin

# Triangles are drawn so many samples at a time, so that memory stays small.
CHUNK = 2_000_000

Ints = NDArray[np.int64]


def surface_error(tin: Tin, heights: Field) -> float:
    """Greatest vertical distance between a surface and the samples it was made of.

    Parameters
    ----------
    tin : Tin
        With whole numbers for x and y.
    heights : (rows, cols) float32
        Row 0 = top.

    Returns
    -------
    float
        In the unit of the heights; infinite when a sample is not covered.
    """
    upright = np.ascontiguousarray(heights[::-1])
    corners = tin.vertices[tin.faces]
    at = np.rint(corners[..., :2]).astype(np.int64)
    is_covered = np.zeros(heights.shape, bool)
    worst = 0.0
    for part in _parts(at):
        triangle, x, y = _samples(at[part])
        z = _interpolated(at[part][triangle], corners[part][triangle, :, 2], x, y)
        is_covered[y, x] = True
        worst = max(worst, float(np.abs(z - upright[y, x]).max(initial=0.0)))
    return worst if is_covered.all() else float("inf")


def _parts(at: Ints) -> list[slice]:
    """Cut the triangles into runs of about one chunk of samples each."""
    heights = np.ptp(at[..., 1], axis=1) + 1
    widths = np.ptp(at[..., 0], axis=1) + 1
    ends = np.cumsum(heights + heights * widths // 2)
    cuts = np.searchsorted(ends, np.arange(CHUNK, ends[-1] + CHUNK, CHUNK))
    bounds = np.unique(np.concatenate([[0], np.minimum(cuts + 1, len(at))]))
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(bounds)]


def _samples(at: Ints) -> tuple[Ints, Ints, Ints]:
    """Every sample on or within each triangle: its triangle, its x, its y."""
    triangle, y = _ragged(at[..., 1].min(axis=1), at[..., 1].max(axis=1))
    left, right = at[triangle, :, 0].min(axis=1), at[triangle, :, 0].max(axis=1)
    for one in range(3):
        (x0, y0), (x1, y1) = at[triangle, one].T, at[triangle, (one + 1) % 3].T
        # A point is left of the edge where a * x + b >= 0.
        a = y0 - y1
        b = (x1 - x0) * (y - y0) + (y1 - y0) * x0
        safe = np.where(a == 0, 1, a)
        left = np.where(a > 0, np.maximum(left, -(b // safe)), left)
        right = np.where(a < 0, np.minimum(right, b // -safe), right)
    row, x = _ragged(left, right)
    return triangle[row], x, y[row]


def _ragged(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """All whole numbers of each range, both ends in it, with the index of their range."""
    counts = np.maximum(high - low + 1, 0)
    owner = np.repeat(np.arange(len(low)), counts)
    first = np.cumsum(counts) - counts
    return owner, low[owner] + np.arange(len(owner)) - first[owner]


def _interpolated(at: Ints, z: NDArray[np.float64], x: Ints, y: Ints) -> NDArray[np.float64]:
    (x0, y0), (x1, y1), (x2, y2) = at[:, 0].T, at[:, 1].T, at[:, 2].T
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    one = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
    two = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
    return np.asarray(z[:, 0] + one * (z[:, 1] - z[:, 0]) + two * (z[:, 2] - z[:, 0]), np.float64)
