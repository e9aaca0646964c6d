"""Getting a picture from a URL that a user gave, into a file."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from mesh_engine.door.addresses import Guard, check_form
from mesh_engine.door.config import Network
from mesh_engine.door.errors import EngineError, Word

MAX_BYTES: Final = 25 * 1024 * 1024
MAX_REDIRECTS: Final = 3
TIMEOUT_S: Final = 15.0
MAX_RETRY_AFTER_S: Final = 3600

_CHUNK: Final = 64 * 1024
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_PASSING: Final = (408, 425, 429)
_MAGIC: Final = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)
_MAGIC_BYTES: Final = 12


@dataclass(frozen=True)
class Fetched:
    """A picture's file and the digest of its bytes."""

    path: Path
    sha256: str


class Fetcher:
    """Fetches pictures.

    Parameters
    ----------
    allowed : tuple of networks
        Private ones that a user's URL may lead to nevertheless.
    projects_url : str
        The cluster's own store of pictures, wherever it is; empty for none. Its URLs are taken at their word, and may
        not lead elsewhere.
    """

    def __init__(self, allowed: tuple[Network, ...], projects_url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._allowed = allowed
        self._own = URL(projects_url).origin() if projects_url else None
        self._timeout_s = timeout_s

    async def fetch(self, url: str, path: Path) -> Fetched:
        """Fetch a picture into a file.

        Raises
        ------
        EngineError
            ``URL_BLOCKED``, ``IMAGE_NOT_AVAILABLE``, ``IMAGE_TOO_LARGE``, ``IMAGE_UNSUPPORTED`` for good;
            ``IMAGE_FETCH`` for what may pass.
        """
        check_form(url)
        guard = Guard(self._allowed)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._follow(_parsed(url), path, guard)
        except TimeoutError as error:
            raise EngineError(Word.IMAGE_FETCH, f"the picture did not come within {self._timeout_s:g} s") from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise EngineError(Word.URL_BLOCKED, f"image_url is no URL: {error}") from error
        except (aiohttp.ClientError, OSError) as error:
            if guard.has_refused:
                raise _blocked() from error
            raise EngineError(Word.IMAGE_FETCH, f"the picture could not be fetched: {_plain(error)}") from error

    async def _follow(self, url: URL, path: Path, guard: Guard) -> Fetched:
        is_own = self._own is not None and url.origin() == self._own
        # A session for each picture: no connection outlives the look at its address.
        connector = aiohttp.TCPConnector(
            socket_factory=None if is_own else guard, force_close=True, use_dns_cache=False
        )
        async with aiohttp.ClientSession(
            connector=connector,
            trust_env=False,
            # What comes is what is counted: nothing is unpacked here.
            auto_decompress=False,
            headers={"Accept": "image/png, image/jpeg, image/webp", "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            for _ in range(1 if is_own else MAX_REDIRECTS + 1):
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status not in _REDIRECTS:
                        return await _read(answer, path)
                    url = _next(url, answer)
        where = "elsewhere" if is_own else f"on more than {MAX_REDIRECTS} times"
        raise EngineError(Word.URL_BLOCKED, f"image_url leads {where}; give the address where it ends")


def _parsed(url: str) -> URL:
    # As it was written where it can be: a signature holds for these signs and not for others that mean the same.
    parsed = URL(url, encoded=url.isascii())
    if not parsed.host:
        raise ValueError("it names no host")
    return parsed


def _next(url: URL, answer: aiohttp.ClientResponse) -> URL:
    location = answer.headers.get("Location", "")
    if not location:
        raise EngineError(Word.IMAGE_NOT_AVAILABLE, f"the picture's host answered {answer.status} and no location")
    target = url.join(URL(location, encoded=location.isascii()))
    check_form(str(target))
    return target


async def _read(answer: aiohttp.ClientResponse, path: Path) -> Fetched:
    if answer.status != 200:
        raise _refused(answer)
    if (answer.content_length or 0) > MAX_BYTES:
        raise _too_large(answer.content_length)
    digest = hashlib.sha256()
    size = 0
    head = b""
    with path.open("wb") as file:
        async for chunk in answer.content.iter_chunked(_CHUNK):
            if len(head) < _MAGIC_BYTES:
                head = _checked(head + chunk[:_MAGIC_BYTES])
            size += len(chunk)
            if size > MAX_BYTES:
                raise _too_large(None)
            digest.update(chunk)
            file.write(chunk)
    if not _MAGIC.match(head):
        raise _unsupported(head)
    return Fetched(path, digest.hexdigest())


def _checked(head: bytes) -> bytes:
    """Refuse by the first bytes, as soon as they say that the rest need not be read."""
    if len(head) >= _MAGIC_BYTES and not _MAGIC.match(head):
        raise _unsupported(head)
    return head


def _refused(answer: aiohttp.ClientResponse) -> EngineError:
    message = f"the picture's host answered {answer.status}"
    if answer.status < 500 and answer.status not in _PASSING:
        return EngineError(Word.IMAGE_NOT_AVAILABLE, message, facts={"status": str(answer.status)})
    asked = answer.headers.get("Retry-After", "")
    wait_ms = min(int(asked), MAX_RETRY_AFTER_S) * 1000 if asked.isascii() and asked.isdigit() else None
    return EngineError(Word.IMAGE_FETCH, message, wait_ms, {"status": str(answer.status)})


def _too_large(size: int | None) -> EngineError:
    came = "more" if size is None else f"{size} bytes"
    return EngineError(Word.IMAGE_TOO_LARGE, f"the picture has {came}; allowed are {MAX_BYTES} bytes")


def _unsupported(head: bytes) -> EngineError:
    begins = f"begins with {head[:8].hex(' ')}" if head else "is empty"
    return EngineError(Word.IMAGE_UNSUPPORTED, f"the picture {begins}; allowed are PNG, JPEG and WebP")


def _blocked() -> EngineError:
    """Without the address: whoever is refused need not learn how names resolve in here."""
    return EngineError(
        Word.URL_BLOCKED,
        "image_url leads to an address that is not public; the engine's IMAGE_FETCH_ALLOW may list its network",
    )


def _plain(error: BaseException) -> str:
    return (
        type(error).__name__
        if isinstance(error, aiohttp.ClientConnectorError)
        else (str(error) or type(error).__name__)
    )
