"""What a request has to be, and what names its result."""

import hashlib
import re
from typing import Final
from urllib.parse import urlsplit

from mesh_engine.door.errors import EngineError, Word, of_refusal
from mesh_engine.door.parameters import request_of
from mesh_engine.failures import Refused
from mesh_engine.generated import mesh_pb2
from mesh_engine.limits import refuse

MAX_INLINE_BYTES: Final = 3 * 1024 * 1024
MAX_URL_LENGTH: Final = 8192
MAX_LABELS: Final = 64
MAX_LABEL_LENGTH: Final = 1024
DEFAULT_TIMEOUT_S: Final = 120
MAX_TIMEOUT_S: Final = 600

# It becomes a folder's name.
_JOB_ID: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")

# What tells of a job and does not decide what comes out of it.
_BESIDE_CONTENT: Final = ("job_id", "callback_url", "wait", "timeout_seconds", "labels", "fence")


def check_job_id(job_id: str) -> None:
    """Refuse a name that is no job's.

    Raises
    ------
    EngineError
        ``INVALID_JOB_ID``.
    """
    if not _JOB_ID.fullmatch(job_id):
        allowed = "1 to 128 of A-Z, a-z, 0-9, dot, underscore and hyphen, not beginning with a dot"
        raise EngineError(Word.INVALID_JOB_ID, f"job_id is {job_id[:150]!r}; allowed are {allowed}")


def check_message(message: mesh_pb2.GenerateRequest) -> None:
    """Refuse what can be seen to be wrong before anything is queued, parameters included.

    Raises
    ------
    EngineError
        Naming the field, what came and what is allowed.
    """
    check_job_id(message.job_id)
    try:
        _check_source(message)
        _check_rest(message)
        request_of(message)
    except Refused as refused:
        raise of_refusal(refused) from refused


def digest_of(message: mesh_pb2.GenerateRequest) -> str:
    """Name the content of a request: source, mode and parameters, hexadecimal SHA-256.

    What only tells of the job (``callback_url``, ``wait``, ``timeout_seconds``, ``labels``, ``fence``) is left out, so
    that whoever asks again after a restart may have moved.
    """
    content = mesh_pb2.GenerateRequest()
    content.CopyFrom(message)
    for name in _BESIDE_CONTENT:
        content.ClearField(name)
    content.DiscardUnknownFields()
    if content.mode == mesh_pb2.MODE_UNSPECIFIED:
        content.mode = mesh_pb2.MODE_AUTO
    return hashlib.sha256(content.SerializeToString(deterministic=True)).hexdigest()


def timeout_of(message: mesh_pb2.GenerateRequest) -> float:
    """Seconds that the whole job may take, from its acceptance on."""
    return float(message.timeout_seconds or DEFAULT_TIMEOUT_S)


def _check_source(message: mesh_pb2.GenerateRequest) -> None:
    source = message.WhichOneof("source")
    if source is None:
        refuse("source", "absent", "image_url or image")
    if source == "image" and not 0 < len(message.image) <= MAX_INLINE_BYTES:
        refuse("image", f"{len(message.image)} bytes", f"1 to {MAX_INLINE_BYTES}; larger ones by image_url")
    if source == "image_url" and len(message.image_url) > MAX_URL_LENGTH:
        refuse("image_url", f"{len(message.image_url)} characters", f"at most {MAX_URL_LENGTH}")


def _check_rest(message: mesh_pb2.GenerateRequest) -> None:
    if message.timeout_seconds > MAX_TIMEOUT_S:
        refuse("timeout_seconds", message.timeout_seconds, f"0 (takes {DEFAULT_TIMEOUT_S}) to {MAX_TIMEOUT_S}")
    if len(message.labels) > MAX_LABELS:
        refuse("labels", f"{len(message.labels)} of them", f"at most {MAX_LABELS}")
    if any(len(text) > MAX_LABEL_LENGTH for pair in message.labels.items() for text in pair):
        refuse("labels", "longer", f"at most {MAX_LABEL_LENGTH} characters each")
    if message.callback_url and urlsplit(message.callback_url).scheme not in ("http", "https"):
        refuse("callback_url", repr(message.callback_url[:150]), "an http or https URL")
