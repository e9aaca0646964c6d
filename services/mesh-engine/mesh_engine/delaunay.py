"""Constrained Delaunay triangulation of an area with holes, with points inside.

The permissive libraries either know no constraints or no inner points, so this begins with the ear clipping of one of
them, splits triangles at the inner points, and flips edges until none but the outline's is flat where it could be
round.

References
----------
.. [1] C. L. Lawson, "Software for C1 Surface Interpolation", Mathematical Software III, 1977.
"""

import math
from collections.abc import Iterable

import numpy as np
from manifold3d import triangulate
from numpy.typing import NDArray

Rings = list[NDArray[np.float64]]
Edge = tuple[int, int]

# Vertices that are the same to so many decimals of a pixel are one; so many are written, too.
DECIMALS = 6
# Four points count as on one circle when the test says no more than this; then an edge stays, or two would flip for
# ever.
ROUNDING = 1e-9


class Triangulation:
    """A triangulation that can be refined.

    Parameters
    ----------
    rings : list of (n, 2) float64
        Outer lines counter-clockwise, holes clockwise, none touching another. Their points are the first vertices, in
        this order.

    Attributes
    ----------
    points : list of (float, float)
        Vertices.
    outline : set of (int, int)
        Edges of the rings, the area to their left.
    """

    def __init__(self, rings: Rings) -> None:
        self.points: list[tuple[float, float]] = [(float(x), float(y)) for ring in rings for x, y in ring]
        self.outline: set[Edge] = set(_edges_of(rings))
        # The third corner of the triangle to the left of each directed edge: all that is known of the triangles.
        self._apex: dict[Edge, int] = {}
        for a, b, c in triangulate(rings).tolist():
            self._add(a, b, c)
        self._legalise(list(self._apex))

    def insert(self, point: tuple[float, float], near: Edge, min_area: float) -> Edge:
        """Add a vertex inside, unless a triangle at it would be too small.

        Parameters
        ----------
        point : (float, float)
            Within the area.
        near : (int, int)
            An edge of the triangulation to look from; one that is close saves time.
        min_area : float
            Of the three triangles that it splits one into.

        Returns
        -------
        (int, int)
            An edge close to it.
        """
        found = self._locate(point, near)
        if found is None:
            return near
        a, b = found
        c = self._apex[found]
        if min(self._area(u, v, point) for u, v in ((a, b), (b, c), (c, a))) < min_area:
            return found
        new = len(self.points)
        self.points.append(point)
        for u, v in ((a, b), (b, c), (c, a)):
            self._add(u, v, new)
        self._legalise([(a, b), (b, c), (c, a)])
        # Flips may have taken the edges of the triangle away, but not all that end at its new corner.
        return next((u, new) for u in (a, b, c) if (u, new) in self._apex)

    def any_edge(self) -> Edge:
        """An edge to begin looking from."""
        return next(iter(self._apex))

    def triangles(self) -> NDArray[np.int32]:
        """All triangles, (m, 3) int32, counter-clockwise, each once, in an order that follows from the input alone."""
        corners = [(a, b, c) for (a, b), c in self._apex.items() if a < b and a < c]
        return np.array(sorted(corners), np.int32).reshape(-1, 3)

    def _add(self, a: int, b: int, c: int) -> None:
        self._apex[a, b], self._apex[b, c], self._apex[c, a] = c, a, b

    def _legalise(self, suspects: list[Edge]) -> None:
        """Flip edges until each one's two triangles have empty circles, as far as the outline lets them."""
        while suspects:
            a, b = suspects.pop()
            c, d = self._apex.get((a, b)), self._apex.get((b, a))
            if c is None or d is None or (a, b) in self.outline or (b, a) in self.outline:
                continue
            if not self._is_in_circle(a, b, c, d):
                continue
            del self._apex[a, b], self._apex[b, a]
            self._add(a, d, c)
            self._add(d, b, c)
            suspects += [(a, d), (d, b), (b, c), (c, a)]

    def _locate(self, point: tuple[float, float], edge: Edge) -> Edge | None:
        """Walk towards a point; None when the outline is in the way."""
        for _ in range(len(self._apex)):
            a, b = edge
            c = self._apex[edge]
            crossed = next((side for side in ((b, c), (c, a), (a, b)) if self._area(*side, point) < 0), None)
            if crossed is None:
                return edge
            edge = (crossed[1], crossed[0])
            if edge not in self._apex:
                return self._search(point)
        return self._search(point)

    def _search(self, point: tuple[float, float]) -> Edge | None:
        """Look at every triangle, for when a hole stands between."""
        for (a, b), c in self._apex.items():
            if a < b and a < c and min(self._area(*side, point) for side in ((a, b), (b, c), (c, a))) >= 0:
                return (a, b)
        return None

    def _area(self, a: int, b: int, point: tuple[float, float]) -> float:
        """Signed area of a triangle; positive when it runs counter-clockwise."""
        (ax, ay), (bx, by), (cx, cy) = self.points[a], self.points[b], point
        return ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2

    def _is_in_circle(self, a: int, b: int, c: int, d: int) -> bool:
        """Whether d is within the circle through a, b, c, and the edge can be flipped."""
        (dx, dy) = self.points[d]
        rows = [(x - dx, y - dy) for x, y in (self.points[a], self.points[b], self.points[c])]
        (ax, ay), (bx, by), (cx, cy) = rows
        a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
        inside = ax * (by * c2 - b2 * cy) - ay * (bx * c2 - b2 * cx) + a2 * (bx * cy - by * cx)
        size = max(a2, b2, c2)
        if inside <= ROUNDING * size * size:
            return False
        # A flip inside a hollow would turn a triangle over.
        return self._area(a, d, self.points[c]) > 0 and self._area(d, b, self.points[c]) > 0


def constrained_delaunay(
    rings: Rings, inner: Iterable[tuple[float, float]], min_area: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Triangulate an area with points inside.

    Parameters
    ----------
    rings : list of (n, 2) float64
        Outer lines counter-clockwise, holes clockwise.
    inner : iterable of (float, float)
        Points within; neighbours one after the other are found faster.
    min_area : float
        An inner point that would make a smaller triangle is left out.

    Returns
    -------
    vertices : (n, 2) float64
        Those of the rings in their order, then the inner ones.
    triangles : (m, 3) int32
        Counter-clockwise; their areas add up to that within the rings.
    outline : (k, 2) int32
        Edges of the rings, in their order.

    Examples
    --------
    >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    >>> vertices, triangles, outline = constrained_delaunay([square], [(1.2, 0.5)], 0.1)
    >>> len(vertices), len(triangles), len(outline)
    (5, 4, 4)
    """
    triangulation = Triangulation(rings)
    near = triangulation.any_edge()
    for point in inner:
        near = triangulation.insert(point, near, min_area)
    outline = np.array(list(_edges_of(rings)), np.int32).reshape(-1, 2)
    return _joined(np.array(triangulation.points), triangulation.triangles(), outline)


def _joined(
    points: NDArray[np.float64], triangles: NDArray[np.int32], outline: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Make one of vertices at the same place, where lines touch; triangles between them have no area and go."""
    _, first, where = np.unique(np.round(points, DECIMALS), axis=0, return_index=True, return_inverse=True)
    # The order of the rings is kept, because the hull is told by it.
    order = np.argsort(first)
    rank = np.zeros(len(first), np.int32)
    rank[order] = np.arange(len(first))
    index = rank[where.reshape(-1)]
    joined = index[triangles]
    a, b, c = joined.T
    edges = index[outline]
    return points[first[order]], joined[(a != b) & (b != c) & (c != a)], edges[edges[:, 0] != edges[:, 1]]


def _edges_of(rings: Rings) -> Iterable[Edge]:
    start = 0
    for ring in rings:
        count = len(ring)
        yield from ((start + at, start + (at + 1) % count) for at in range(count))
        start += count


def hexagonal(low: tuple[float, float], high: tuple[float, float], area_each: float) -> NDArray[np.float64]:
    """Points of a hexagonal grid over a rectangle, row by row, each for so much area; (n, 2) float64."""
    step = math.sqrt(2 * area_each / math.sqrt(3))
    rise = step * math.sqrt(3) / 2
    rows = np.arange(low[1] + rise / 2, high[1], rise)
    points = []
    for number, y in enumerate(rows):
        x = np.arange(low[0] + step * (0.25 if number % 2 else 0.75), high[0], step)
        # Every second row runs back, so that each point is next to the one before.
        points.append(np.column_stack([x if number % 2 else x[::-1], np.full(len(x), y)]))
    return np.concatenate(points) if points else np.zeros((0, 2))
