"""Where results are kept: a folder, or a bucket that speaks S3.

Keys are ``meshes/{job_id}/{digest of the request}/…``. Files come first and ``result.json`` last: where that is, the
result is whole. All of this blocks, so it is called from threads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

RESULT: Final = "result.json"
CHUNK_BYTES: Final = 256 * 1024


@dataclass(frozen=True)
class MadeFile:
    """A finished file that still lies in the spool."""

    name: str
    format: str
    media_type: str
    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Place:
    """Where one result is."""

    job_id: str
    digest: str

    @property
    def folder(self) -> str:
        """The key of everything of it, without a slash at its end."""
        return f"meshes/{self.job_id}/{self.digest}"


class StoreError(Exception):
    """The store does not answer as it should; another time it may."""


class Store(Protocol):
    """What keeps results. Every method raises `StoreError` when it cannot."""

    @property
    def spool(self) -> Path:
        """Where finished files should be made, so that keeping them is cheap."""

    def check(self) -> None:
        """Whether it can be written to."""

    def keep(self, place: Place, files: Sequence[MadeFile], result: bytes) -> None:
        """Take over the files, then the result. What was there under the same names is replaced."""

    def add(self, place: Place, file: MadeFile) -> None:
        """Take over one more file of a result that is there. What was there under the same name is replaced."""

    def result(self, place: Place) -> bytes | None:
        """Read the result; None where there is none."""

    def digests(self, job_id: str) -> list[str]:
        """Under which digests a job has folders, sorted; a folder without a result may be among them."""

    def read(self, place: Place, name: str, offset: int) -> Iterator[bytes]:
        """Read a file from an offset on, in chunks of at most 256 KiB. Raises `LookupError` when it is gone."""

    def url(self, place: Place, name: str) -> str:
        """Give the address of a file."""


def open_store(url: str) -> Store:
    """Open the store that ``ARTIFACTS_URL`` names."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        # Imported when needed: it takes half a second and 40 MiB.
        from mesh_engine.door.s3_store import S3Store

        return S3Store(parts.netloc, parts.path.strip("/"))
    from mesh_engine.door.file_store import FileStore

    return FileStore(Path(unquote(parts.path)))
