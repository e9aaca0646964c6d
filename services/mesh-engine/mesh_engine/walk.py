"""Telling how far the walk has come, and how long its stages took."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mesh_engine.outcome import Timing

Report = Callable[[str, int], None]
"""Receives a stage and the percentage of the whole that is done."""


class Walk:
    """The stages of one mesh.

    Parameters
    ----------
    report : callable
        Is told each stage when it begins and when it ends; the percentage never falls.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._percent = 0
        self._seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, percent: int) -> Iterator[None]:
        """Be in a stage, after which so much of the whole is done; one that is entered again goes on."""
        self._report(name, self._percent)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - begun
        self._percent = max(self._percent, percent)
        self._report(name, self._percent)

    @property
    def timings(self) -> tuple[Timing, ...]:
        """The stages so far in the order in which they were first entered."""
        return tuple(Timing(name, seconds * 1000) for name, seconds in self._seconds.items())
