"""The jobs that this process knows: their states, whoever watches them, and how long they are remembered."""

import asyncio
import time
from collections import OrderedDict
from typing import Any, Final

from google.protobuf import timestamp_pb2

from mesh_engine.generated import mesh_pb2

KEEP_ENDED_S: Final = 3600.0
KEEP_ENDED: Final = 10_000

ENDED: Final = (mesh_pb2.STATE_COMPLETED, mesh_pb2.STATE_FAILED, mesh_pb2.STATE_CANCELLED)

Watcher = asyncio.Queue[mesh_pb2.Job | None]


def now() -> timestamp_pb2.Timestamp:
    """Take the present time."""
    stamp = timestamp_pb2.Timestamp()
    stamp.GetCurrentTime()
    return stamp


class KnownJob:
    """A job of this process.

    Parameters
    ----------
    message : GenerateRequest
        What is wanted.
    digest : str
        Of its content.

    Attributes
    ----------
    job : Job
        The present state. ``seq`` begins with the milliseconds of the clock: so it also grows over a restart, after
        which the same job may begin anew, and receivers go by it.
    """

    def __init__(self, message: mesh_pb2.GenerateRequest, digest: str) -> None:
        self.message = message
        self.digest = digest
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False
        self.ended_at = 0.0
        self._watchers: set[Watcher] = set()
        self.job = mesh_pb2.Job(
            job_id=message.job_id,
            state=mesh_pb2.STATE_ACCEPTED,
            stage="accepted",
            seq=time.time_ns() // 1_000_000,
            created_at=now(),
            mode=message.mode or mesh_pb2.MODE_AUTO,
            labels=message.labels,
            fence=message.fence,
        )

    @property
    def has_ended(self) -> bool:
        """Whether the state is final."""
        return self.job.state in ENDED

    @property
    def may_begin_anew(self) -> bool:
        """Whether it failed in passing, so that asking again is asking for another try."""
        return self.job.state == mesh_pb2.STATE_FAILED and not self.job.failure.permanent

    def told_by(self, message: mesh_pb2.GenerateRequest) -> None:
        """Take over what only tells of the job from whoever asks for it again."""
        self.message.callback_url = message.callback_url
        self.message.fence = message.fence
        self.message.labels.clear()
        self.message.labels.update(message.labels)
        self.job.fence = message.fence
        self.job.labels.clear()
        self.job.labels.update(message.labels)

    def next_state(self, state: mesh_pb2.State, stage: str, progress: int, **more: Any) -> mesh_pb2.Job:  # noqa: ANN401 - fields of a message
        """Make the state that would follow; progress never falls."""
        job = mesh_pb2.Job()
        job.CopyFrom(self.job)
        job.MergeFrom(mesh_pb2.Job(state=state, stage=stage, seq=job.seq + 1, **more))
        job.progress = max(job.progress, progress)
        if state in ENDED:
            job.finished_at.CopyFrom(now())
        return job

    def advance(self, job: mesh_pb2.Job) -> None:
        """Be in a new state, and tell whoever watches."""
        self.job = job
        self.ended_at = time.monotonic() if self.has_ended else 0.0
        for watcher in self._watchers:
            watcher.put_nowait(job)

    def watch(self) -> Watcher:
        """Hear of the present state and of every change; None comes when nothing more will."""
        watcher: Watcher = asyncio.Queue()
        watcher.put_nowait(self.job)
        self._watchers.add(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        """Hear no more. Safe twice."""
        self._watchers.discard(watcher)

    def abandon(self) -> None:
        """Tell whoever watches that this process goes without ending the job."""
        for watcher in self._watchers:
            watcher.put_nowait(None)


class JobBook:
    """The jobs by their ids. Ended ones are forgotten after an hour, or when there are more than 10,000."""

    def __init__(self, *, keep_ended: int = KEEP_ENDED, keep_ended_s: float = KEEP_ENDED_S) -> None:
        self._jobs: OrderedDict[str, KnownJob] = OrderedDict()
        self._keep_ended = keep_ended
        self._keep_ended_s = keep_ended_s

    def get(self, job_id: str) -> KnownJob | None:
        """Find the job of this id; None for one that is not known."""
        return self._jobs.get(job_id)

    def add(self, known: KnownJob) -> None:
        """Know a job; one of the same id is forgotten."""
        self._forget_old()
        self._jobs.pop(known.message.job_id, None)
        self._jobs[known.message.job_id] = known

    @property
    def live(self) -> list[KnownJob]:
        """Those that have not ended, in the order of their coming."""
        return [known for known in self._jobs.values() if not known.has_ended]

    def _forget_old(self) -> None:
        ended = [job_id for job_id, known in self._jobs.items() if known.has_ended]
        horizon = time.monotonic() - self._keep_ended_s
        surplus = len(ended) - self._keep_ended
        for position, job_id in enumerate(ended):
            if position < surplus or self._jobs[job_id].ended_at < horizon:
                del self._jobs[job_id]
