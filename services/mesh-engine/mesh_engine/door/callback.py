"""Telling a job's progress to the URL that its caller gave, signed as Standard Webhooks are."""

import asyncio
import base64
import hashlib
import hmac
import random
import time
from typing import Final

import aiohttp
from google.protobuf.json_format import MessageToJson
from yarl import URL

from mesh_engine.door import metrics
from mesh_engine.door.errors import EngineError, Word
from mesh_engine.door.jobs import ENDED, KnownJob, Watcher
from mesh_engine.door.log import log
from mesh_engine.door.telemetry import span, trace_headers
from mesh_engine.generated import mesh_pb2

EVERY_S: Final = 1.0
EVERY_POINTS: Final = 5
ANSWER_WITHIN_S: Final = 10.0
GIVE_UP_AFTER_S: Final = 600.0
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
GONE: Final = 410


def signed_headers(secret: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Make the headers by which a receiver tells who speaks and that nothing was changed.

    Examples
    --------
    >>> signed_headers(b"secret", "a.1", 7, b"{}")["webhook-signature"]
    'v1,Z+Yjl4uJdyOYCcZjSTLazHVSBkG5G81u/1BtihbapjM='
    """
    mac = hmac.new(secret, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


class Callbacks:
    """Posts the states of jobs.

    Parameters
    ----------
    secret : bytes
        Without one nobody could believe a callback, so none is sent.
    base_url : str
        Under it every callback's URL has to be; empty for no such bound.
    """

    def __init__(self, secret: bytes, base_url: str, *, give_up_after_s: float = GIVE_UP_AFTER_S) -> None:
        self._secret = secret
        self._base = URL(base_url) if base_url else None
        self._give_up_after_s = give_up_after_s
        self._session: aiohttp.ClientSession | None = None
        self._tellers: set[asyncio.Task[None]] = set()

    def check(self, url: str) -> None:
        """Refuse a URL that callbacks must not go to.

        Raises
        ------
        EngineError
            ``CALLBACK_BLOCKED``.
        """
        if not url or not self._base:
            return
        try:
            wanted = URL(url)
            base = self._base.path.rstrip("/")
            is_under = wanted.origin() == self._base.origin() and f"{wanted.path}/".startswith(f"{base}/")
            is_plain = wanted.user is None and wanted.password is None
        except ValueError:
            is_under = is_plain = False
        if not (is_under and is_plain):
            raise EngineError(Word.CALLBACK_BLOCKED, "callback_url is not under the engine's CALLBACK_BASE_URL")

    def follow(self, known: KnownJob) -> None:
        """Tell of a job until its end has been told, in the trace that is active now."""
        if not self._secret:
            if known.message.callback_url:
                log.warning("no callbacks without CALLBACK_SECRET", extra={"fields": {"jobId": known.job.job_id}})
            return
        task = asyncio.create_task(self._tell(known, known.watch()))
        self._tellers.add(task)
        task.add_done_callback(self._tellers.discard)

    async def close(self, within_s: float = 0.0) -> None:
        """Wait a little for what is still to be told, then stop. Safe twice."""
        if self._tellers:
            await asyncio.wait(self._tellers, timeout=within_s)
        for teller in list(self._tellers):
            teller.cancel()
        await asyncio.gather(*self._tellers, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    async def _tell(self, known: KnownJob, watcher: Watcher) -> None:
        told_at, told_progress = -EVERY_S, -EVERY_POINTS
        try:
            job: mesh_pb2.Job | None = await watcher.get()
            while job:
                job = await _newest(job, watcher, told_at + EVERY_S, told_progress + EVERY_POINTS)
                if job is None:
                    return
                if job.state in ENDED:
                    await self._insist(known, job)
                    return
                told_at, told_progress = time.monotonic(), job.progress
                await self._post(known, job)
                job = await watcher.get()
        finally:
            known.unwatch(watcher)

    async def _insist(self, known: KnownJob, job: mesh_pb2.Job) -> None:
        """Tell the end until it is heard; the receiver asks by itself when it hears nothing for long."""
        give_up_at = time.monotonic() + self._give_up_after_s
        pause_s = FIRST_PAUSE_S
        while not await self._post(known, job):
            wait_s = pause_s * random.uniform(0.5, 1.0)
            if time.monotonic() + wait_s > give_up_at:
                log.error("the end of a job was not heard", extra={"fields": {"jobId": job.job_id}})
                return
            await asyncio.sleep(wait_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _post(self, known: KnownJob, job: mesh_pb2.Job) -> bool:
        """Post a state once; returns whether nothing more has to be done about it."""
        url = known.message.callback_url
        if not url:
            return True
        body = MessageToJson(job, indent=None).encode()
        headers = signed_headers(self._secret, f"{job.job_id}.{job.seq}", int(time.time()), body)
        with span("mesh callback"):
            status = await self._answer(url, body, {**headers, **trace_headers(), "content-type": "application/json"})
        metrics.callbacks.labels(str(status) if status else "none").inc()
        return 200 <= status < 300 or status == GONE

    async def _answer(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            async with self._client().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            log.warning("callback failed", extra={"fields": {"reason": type(error).__name__}})
            return 0

    def _client(self) -> aiohttp.ClientSession:
        if not self._session:
            timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _newest(job: mesh_pb2.Job, watcher: Watcher, due_at: float, due_progress: int) -> mesh_pb2.Job | None:
    """Wait until the newest state is due: ended, so much later, or so much farther; None when no more comes."""
    while job.state not in ENDED and job.progress < due_progress and (wait_s := due_at - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(wait_s):
                newer = await watcher.get()
        except TimeoutError:
            break
        if newer is None:
            return None
        job = newer
    while not watcher.empty():
        newer = watcher.get_nowait()
        if newer is None:
            return None
        job = newer
    return job
