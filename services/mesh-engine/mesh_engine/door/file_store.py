"""Results in a folder."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mesh_engine.door.store import CHUNK_BYTES, RESULT, MadeFile, Place, StoreError


class FileStore:
    """Keeps results below a folder that several engines and their readers may share.

    Parameters
    ----------
    root : Path
        Made when it is missing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def spool(self) -> Path:
        """Within the root, whose file system it shares."""
        return self._root / ".spool"

    def check(self) -> None:
        """Raise when nothing can be written below the root."""
        with _told(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            if not os.access(self._root, os.W_OK | os.X_OK):
                raise PermissionError(f"{self._root} is not writable")

    def keep(self, place: Place, files: Sequence[MadeFile], result: bytes) -> None:
        """Move the files in and write the result last; each is on the disk before its name is there."""
        folder = self._root / place.folder
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                file.path.replace(folder / file.name)
            _sync(folder)
            part = folder / f"{RESULT}.part"
            with part.open("wb") as out:
                out.write(result)
                out.flush()
                os.fsync(out.fileno())
            part.replace(folder / RESULT)
            for changed in (folder, folder.parent, folder.parent.parent, self._root):
                _sync(changed)

    def add(self, place: Place, file: MadeFile) -> None:
        """Move the file in."""
        folder = self._root / place.folder
        with _told(folder):
            file.path.replace(folder / file.name)
            _sync(folder)

    def result(self, place: Place) -> bytes | None:
        """Read the result."""
        file = self._root / place.folder / RESULT
        with _told(file):
            try:
                return file.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def digests(self, job_id: str) -> list[str]:
        """List the job's folders."""
        folder = self._root / "meshes" / job_id
        with _told(folder):
            try:
                return sorted(entry.name for entry in folder.iterdir())
            except (FileNotFoundError, NotADirectoryError):
                return []

    def read(self, place: Place, name: str, offset: int) -> Iterator[bytes]:
        """Read a file piece by piece."""
        file = self._root / place.folder / name
        if not file.is_file():
            raise LookupError(name)
        with _told(file), file.open("rb") as source:
            source.seek(offset)
            while chunk := source.read(CHUNK_BYTES):
                yield chunk

    def url(self, place: Place, name: str) -> str:
        """Give the file's address."""
        return (self._root / place.folder / name).absolute().as_uri()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def _sync(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
