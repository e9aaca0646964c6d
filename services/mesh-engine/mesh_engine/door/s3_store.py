"""Results in a bucket. Region, keys and another address than Amazon's come from boto3's own variables."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mesh_engine.door.store import CHUNK_BYTES, RESULT, MadeFile, Place, StoreError

_ABSENT = ("404", "NoSuchKey", "NotFound")


class S3Store:
    """Keeps results in a bucket.

    Parameters
    ----------
    bucket : str
        It has to exist.
    prefix : str
        Before every key; empty for none.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        settings = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})
        self._client = boto3.client("s3", config=settings)

    @property
    def spool(self) -> Path:
        """On this machine; files are sent from there."""
        return Path(tempfile.gettempdir()) / "millrace-spool"

    def check(self) -> None:
        """Raise when the bucket cannot be looked at."""
        with _told(self._bucket):
            self._client.head_bucket(Bucket=self._bucket)

    def keep(self, place: Place, files: Sequence[MadeFile], result: bytes) -> None:
        """Send the files and the result last; a bucket shows an object only once it is whole."""
        for file in files:
            self.add(place, file)
        key = self._key(place, RESULT)
        with _told(key):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=result, ContentType="application/json")

    def add(self, place: Place, file: MadeFile) -> None:
        """Send the file."""
        key = self._key(place, file.name)
        with _told(key):
            self._client.upload_file(str(file.path), self._bucket, key, ExtraArgs={"ContentType": file.media_type})

    def result(self, place: Place) -> bytes | None:
        """Read the result."""
        key = self._key(place, RESULT)
        with _told(key):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if _is_absent(error):
                    return None
                raise
            return bytes(answer["Body"].read())

    def digests(self, job_id: str) -> list[str]:
        """List the job's folders."""
        prefix = f"{self._prefix}meshes/{job_id}/"
        with _told(prefix):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix, Delimiter="/")
        return sorted(str(entry["Prefix"])[len(prefix) : -1] for entry in answer.get("CommonPrefixes", []))

    def read(self, place: Place, name: str, offset: int) -> Iterator[bytes]:
        """Read a file piece by piece."""
        key = self._key(place, name)
        with _told(key):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={offset}-")
            except ClientError as error:
                if _is_absent(error):
                    raise LookupError(name) from error
                raise
            yield from answer["Body"].iter_chunks(CHUNK_BYTES)

    def url(self, place: Place, name: str) -> str:
        """Give the object's address."""
        return f"s3://{self._bucket}/{self._key(place, name)}"

    def _key(self, place: Place, name: str) -> str:
        return f"{self._prefix}{place.folder}/{name}"


def _is_absent(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in _ABSENT


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise StoreError(f"{what}: {error}") from error
