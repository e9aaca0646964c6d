"""The errors of the contract, each with its code of gRPC, its word and whether trying again may help."""

from enum import StrEnum
from typing import Final

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from mesh_engine.failures import Refused
from mesh_engine.generated import mesh_pb2

DOMAIN: Final = "mesh-engine"


class Word(StrEnum):
    """Why something failed that is not the picture's or a parameter's fault; those have words of their own."""

    INVALID_MESSAGE = "INVALID_MESSAGE"
    INVALID_JOB_ID = "INVALID_JOB_ID"
    INVALID_PARAMETER = "INVALID_PARAMETER"
    IMAGE_NOT_AVAILABLE = "IMAGE_NOT_AVAILABLE"
    IMAGE_FETCH = "IMAGE_FETCH"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    IMAGE_UNSUPPORTED = "IMAGE_UNSUPPORTED"
    URL_BLOCKED = "URL_BLOCKED"
    CALLBACK_BLOCKED = "CALLBACK_BLOCKED"
    QUEUE_FULL = "QUEUE_FULL"
    MEMORY_LIMIT = "MEMORY_LIMIT"
    OTHER_CONTENT = "OTHER_CONTENT"
    UNKNOWN_JOB = "UNKNOWN_JOB"
    UNKNOWN_ARTIFACT = "UNKNOWN_ARTIFACT"
    INVALID_OFFSET = "INVALID_OFFSET"
    WORKER_CRASH = "WORKER_CRASH"
    JOB_TIMEOUT = "JOB_TIMEOUT"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    DRAINING = "DRAINING"
    INTERNAL = "INTERNAL"


_Status = grpc.StatusCode

# By word; what is not here is the caller's fault, for ever.
_STATUS: Final[dict[str, grpc.StatusCode]] = {
    Word.IMAGE_NOT_AVAILABLE: _Status.FAILED_PRECONDITION,
    Word.IMAGE_FETCH: _Status.UNAVAILABLE,
    Word.URL_BLOCKED: _Status.PERMISSION_DENIED,
    Word.CALLBACK_BLOCKED: _Status.PERMISSION_DENIED,
    Word.QUEUE_FULL: _Status.RESOURCE_EXHAUSTED,
    Word.MEMORY_LIMIT: _Status.RESOURCE_EXHAUSTED,
    Word.OTHER_CONTENT: _Status.ALREADY_EXISTS,
    Word.UNKNOWN_JOB: _Status.NOT_FOUND,
    Word.UNKNOWN_ARTIFACT: _Status.NOT_FOUND,
    Word.INVALID_OFFSET: _Status.OUT_OF_RANGE,
    Word.WORKER_CRASH: _Status.INTERNAL,
    Word.JOB_TIMEOUT: _Status.DEADLINE_EXCEEDED,
    Word.STORE_UNAVAILABLE: _Status.UNAVAILABLE,
    Word.DRAINING: _Status.UNAVAILABLE,
    Word.INTERNAL: _Status.INTERNAL,
}

# Milliseconds until another try; every other word is for good.
_RETRY_AFTER_MS: Final[dict[str, int]] = {
    Word.IMAGE_FETCH: 5_000,
    Word.QUEUE_FULL: 2_000,
    Word.MEMORY_LIMIT: 30_000,
    Word.WORKER_CRASH: 5_000,
    Word.JOB_TIMEOUT: 10_000,
    Word.STORE_UNAVAILABLE: 5_000,
    Word.DRAINING: 1_000,
    Word.INTERNAL: 5_000,
}


class EngineError(Exception):
    """An answer that is an error, or the end of a job that failed.

    Parameters
    ----------
    word : str
        What a program reads, such as ``URL_BLOCKED``.
    message : str
        What a person reads.
    retry_after_ms : int or None
        When another try makes sense; None takes the word's own time.
    facts : dict of str to str, optional
        What belongs to the word.
    """

    def __init__(
        self, word: str, message: str, retry_after_ms: int | None = None, facts: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.word = word
        self.message = message
        self.retry_after_ms = retry_after_ms
        self.facts = facts or {}

    @property
    def permanent(self) -> bool:
        """Whether another try would be in vain."""
        return self.word not in _RETRY_AFTER_MS

    @property
    def code(self) -> grpc.StatusCode:
        """The code of gRPC."""
        return _STATUS.get(self.word, _Status.INVALID_ARGUMENT)

    @property
    def wait_ms(self) -> int:
        """Milliseconds until another try makes sense; 0 for what is for good."""
        if self.permanent:
            return 0
        return _RETRY_AFTER_MS[self.word] if self.retry_after_ms is None else self.retry_after_ms


def of_refusal(refused: Refused) -> EngineError:
    """Make the error that answers a request or a picture that cannot be fulfilled."""
    return EngineError(refused.code.value, refused.message)


def failure_of(error: EngineError) -> mesh_pb2.Failure:
    """Make what a job that has failed says."""
    return mesh_pb2.Failure(
        code=error.word, message=error.message, permanent=error.permanent, retry_after_ms=error.wait_ms
    )


def rich_status(error: EngineError) -> status_pb2.Status:
    """Make the status with the standard details: ErrorInfo always, RetryInfo where another try may help."""
    details = [error_details_pb2.ErrorInfo(reason=error.word, domain=DOMAIN, metadata=error.facts)]
    packed = [_packed(detail) for detail in details]
    if not error.permanent:
        delay = duration_pb2.Duration(seconds=error.wait_ms // 1000, nanos=error.wait_ms % 1000 * 1_000_000)
        packed.append(_packed(error_details_pb2.RetryInfo(retry_delay=delay)))
    return status_pb2.Status(code=error.code.value[0], message=error.message, details=packed)


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.RetryInfo) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
