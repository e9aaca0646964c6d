"""A solid with what is true of it, before it is written into files."""

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


# Each attempt aims below the cap, so few are needed; where more are, it is the outline that has to be coarser.
MOST_TRIES = 3
# A little below the cap, so that one step is mostly enough.
AIM = 0.97
# No triangle of a surface is saved without one of the solid, but for those that lay outside the cut.
MIN_SLOPE = 0.5


def within_cap(make: Callable[[int], Made], cap: int) -> Made:
    """Make a solid of at most so many triangles.

    Parameters
    ----------
    make : callable
        Makes the solid with a surface of at most so many triangles; walls and base come on top.
    cap : int
        Of the whole solid.

    Returns
    -------
    Made
        The first that fits, else the last, which then is as coarse as it can be.
    """
    made = make(cap)
    slope = made.count / max(1, made.surface)
    for _ in range(MOST_TRIES):
        if made.count <= cap or made.surface <= 2:
            break
        before = made
        made = make(max(2, int(before.surface - (before.count - AIM * cap) / slope)))
        # Walls have triangles too, which a coarser surface does not save: the second step knows it from the first.
        slope = max(MIN_SLOPE, (before.count - made.count) / max(1, before.surface - made.surface))
    return made
