"""How far apart two sets of lines are: the Hausdorff distance, both ways."""

import itertools

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]
# Points stand this close on a line that is compared, px; between them the distance can be larger by half of it at most.
STEP_PX = 0.5
# Lines that are compared follow each other mostly closer than half of this, px.
FIRST_CELL_PX = 1.0
# Pairs of points and segments that are looked at together, so that memory stays small.
CHUNK = 4_000_000

Segments = tuple[NDArray[np.float64], NDArray[np.float64]]


def outline_distance(one: list[Line], other: list[Line]) -> float:
    """Greatest distance from a point of either set of lines to the nearest point of the other.

    Parameters
    ----------
    one, other : list of (n, 2) float64
        Closed lines through points, px; the last point is the first.

    Returns
    -------
    float
        px; infinite when a set is empty. Along straight pieces points are half a pixel apart or closer.
    """
    if not one or not other:
        return float("inf")
    return max(_farthest(one, other), _farthest(other, one))


def _farthest(points_of: list[Line], lines: list[Line]) -> float:
    """Points that find nothing near are few, so they look again in cells of twice the size, until all have found."""
    points = _dense(_segments(points_of))
    segments = _segments(lines)
    farthest, cell = 0.0, FIRST_CELL_PX
    while len(points):
        nearest = _nearest_in_cells(points, segments, cell)
        is_found = np.isfinite(nearest)
        farthest = max(farthest, float(nearest[is_found].max(initial=0.0)))
        points, cell = points[~is_found], 2 * cell
    return farthest


def _dense(segments: Segments) -> Line:
    """Points along segments, where each begins among them."""
    starts, ends = segments
    counts = np.maximum(1, np.ceil(np.linalg.norm(ends - starts, axis=1) / STEP_PX)).astype(np.int64)
    owner = np.repeat(np.arange(len(starts)), counts)
    share = (np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]) / counts[owner]
    return np.asarray(starts[owner] + share[:, None] * (ends - starts)[owner], np.float64)


def _segments(lines: list[Line]) -> Segments:
    return np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])


def _nearest_in_cells(points: Line, segments: Segments, cell: float) -> NDArray[np.float64]:
    """Distance from each point to the nearest segment, infinite when it is more than half a cell away.

    Segments are cut into pieces of at most a cell's length, each kept in the cell of its middle. A piece that is nearer
    than half a cell then lies in the cell of the point or one of its eight neighbours.
    """
    a, b = _cut(segments, cell)
    low = np.minimum(points.min(axis=0), np.minimum(a, b).min(axis=0))
    width = int((max(points[:, 0].max(), a[:, 0].max(), b[:, 0].max()) - low[0]) // cell) + 3
    home = _cell_of((a + b) / 2, low, cell, width)
    order = np.argsort(home, kind="stable")
    a, b, home = a[order], b[order], home[order]
    here = _cell_of(points, low, cell, width)
    best = np.full(len(points), np.inf)
    # Three neighbours in a row follow each other in the order of cells.
    for row in (here - width, here, here + width):
        first = np.searchsorted(home, row - 1, "left")
        count = np.searchsorted(home, row + 1, "right") - first
        for part in _parts(count):
            owner = np.flatnonzero(count[part]) + part.start
            counts = count[owner]
            starts = np.cumsum(counts) - counts
            which = np.repeat(first[owner] - starts, counts) + np.arange(counts.sum())
            distances = _distance(np.repeat(points[owner], counts, axis=0), a[which], b[which])
            best[owner] = np.minimum(best[owner], np.minimum.reduceat(distances, starts))
    best[best > cell / 2] = np.inf
    return best


def _cut(segments: Segments, length: float) -> Segments:
    a, b = segments
    counts = np.maximum(1, np.ceil(np.linalg.norm(b - a, axis=1) / length)).astype(np.int64)
    owner = np.repeat(np.arange(len(a)), counts)
    piece = np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]
    step = ((b - a) / counts[:, None])[owner]
    return a[owner] + piece[:, None] * step, a[owner] + (piece + 1)[:, None] * step


def _cell_of(points: Line, low: NDArray[np.float64], cell: float, width: int) -> NDArray[np.int64]:
    at = ((points - low) // cell).astype(np.int64) + 1
    return np.asarray(at[:, 1] * width + at[:, 0], np.int64)


def _parts(counts: NDArray[np.int64]) -> list[slice]:
    ends = np.cumsum(counts)
    if len(ends) == 0 or ends[-1] == 0:
        return []
    bounds = np.unique(np.r_[0, np.searchsorted(ends, np.arange(CHUNK, ends[-1], CHUNK)) + 1, len(counts)])
    return [slice(int(a), int(b)) for a, b in itertools.pairwise(bounds)]


def _distance(points: Line, a: Line, b: Line) -> NDArray[np.float64]:
    along = b - a
    length2 = np.maximum((along**2).sum(axis=-1), 1e-30)
    share = np.clip(((points - a) * along).sum(axis=-1) / length2, 0, 1)
    return np.asarray(np.linalg.norm(a + share[..., None] * along - points, axis=-1), np.float64)
