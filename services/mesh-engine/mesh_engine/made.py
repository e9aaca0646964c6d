"""A solid with what is true of it, before it is written into files."""

from collections.abc import Callable
from dataclasses import dataclass

from mesh_engine.weld import Welded


@dataclass(frozen=True)
class Made:
    """A solid of any mode.

    Attributes
    ----------
    welded : Welded
        In mm.
    error : float
        Measured, as `Outcome.achieved_error`.
    """

    welded: Welded
    error: float

    @property
    def count(self) -> int:
        """Triangles."""
        return len(self.welded.faces)


# Each attempt aims below the cap, so few are needed; what needs more has no coarser form.
MOST_TRIES = 6


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
    limit = cap
    made = make(limit)
    for _ in range(MOST_TRIES):
        if made.count <= cap or limit <= 2:
            break
        limit = max(2, int(limit * 0.97 * cap / made.count))
        made = make(limit)
    return made
