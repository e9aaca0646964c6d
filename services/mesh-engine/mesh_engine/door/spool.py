"""Where files lie while they are being made: each process's apart, so that what a killed one left can be removed."""

import contextlib
import fcntl
import os
import shutil
import uuid
from pathlib import Path


class Spool:
    """A folder of this process below a place that several processes share.

    Parameters
    ----------
    place : Path
        On the same file system as where finished files go, so that they are moved there and not copied.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._own = place / uuid.uuid4().hex
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder and remove those of processes that are no more.

        A lock tells the living: it ends with its process, however that ends.
        """
        self._own.mkdir(parents=True)
        self._lock = os.open(self._own / "lock", os.O_CREAT | os.O_RDWR)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        for other in self._place.iterdir():
            if other != self._own:
                _remove_if_dead(other)

    def folder(self, job_id: str) -> Path:
        """Name a fresh folder for one run of a job. Whoever makes it removes it."""
        return self._own / f"{job_id}.{uuid.uuid4().hex[:8]}"

    def close(self) -> None:
        """Remove the folder with everything in it. Safe twice."""
        shutil.rmtree(self._own, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _remove_if_dead(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder / "lock", os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
