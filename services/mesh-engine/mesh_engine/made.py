"""A solid with what is true of it, before it is written into files."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mesh_engine.solid import Solid


@dataclass(frozen=True)
class Made:
    """A solid of any mode.

    Attributes
    ----------
    solid : Solid
        In mm, not welded yet: what is given up for its triangles is not worth it.
    error : float
        Measured, as `Outcome.achieved_error`.
    surface : int
        How many triangles its surface of heights has, before it was closed or cut; 0 without one.
    """

    solid: Solid
    error: float
    surface: int

    @property
    def count(self) -> int:
        """Triangles; welding may take a few."""
        return len(self.solid.faces)


# Each try aims below the cap, so few are needed; where more are, it is the outline that has to be coarser.
MOST_TRIES = 4
# A little below the cap, so that one step is mostly enough.
AIM = 0.97
# A solid that fits and has so much of the cap is not worth another try, unless one that has too many is far finer: then
# it is walls that fill the cap.
ENOUGH = 0.8
FAR = 4
# Where a coarser surface saves as good as nothing, what is aimed at is as good as none.
LEAST_POWER = 0.05


def within_cap(make: Callable[[int], Made], cap: int) -> Made:
    """Make a solid of at most so many triangles.

    Walls have triangles too, which a coarser surface does not save, and a line of the outline has the more of them the
    finer the surface is that it cuts: how many the solid will have is learnt from those that were made.

    Parameters
    ----------
    make : callable
        Makes the solid with a surface of at most so many triangles; walls and base come on top.
    cap : int
        Of the whole solid.

    Returns
    -------
    Made
        The finest that was found to fit, else the last, which then is as coarse as it can be.
    """
    over = make(cap)
    if over.count <= cap:
        return over
    other: Made | None = None
    fit: Made | None = None
    for tries_left in range(MOST_TRIES, 0, -1):
        least = fit.surface + 1 if fit else 2
        if over.surface <= least:
            break
        aim = _aim(over, other, AIM * cap)
        if not fit and tries_left <= 2:
            # Something has to fit in the end, and the line from there to here leads back to the cap.
            aim = least if tries_left == 1 else aim / 2
        # A triangulation may have one more than it was allowed.
        made = make(int(min(max(aim, least), over.surface - 2)))
        if made.count > cap:
            over, other = made, fit or over
            continue
        fit = other = made
        if fit.count >= ENOUGH * cap and over.surface <= FAR * fit.surface:
            break
    return fit or over


def _aim(over: Made, other: Made | None, count: float) -> float:
    """How many triangles of a surface will make so many of the solid.

    Between two that were made it is taken from the line through them. Beyond them the line is for walls that stay as
    they are, and a power law for lines that are cut the finer the surface is; the coarser of both, but the line may end
    at none at all. One alone says that solid and surface grow alike.
    """
    if other is None:
        return over.surface * count / over.count
    slope = (over.count - other.count) / (over.surface - other.surface)
    line = over.surface - (over.count - count) / slope if slope > 0 else 0.0
    if other.count < over.count:
        return line
    power = max(math.log(other.count / over.count) / math.log(other.surface / over.surface), LEAST_POWER)
    law = over.surface * float((count / over.count) ** (1 / power))
    return min(line, law) if line > 2 else law
