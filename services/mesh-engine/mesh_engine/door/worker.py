"""The process that computes, one job after the other. It is started by `workers` and killed at any time.

Tasks come as JSON lines on standard input, answers leave as JSON lines on standard output: a picture that takes over
this process still only gets to write numbers and words. Pictures and made files go through the spool.
"""

import base64
import ctypes
import hashlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

Answer = Callable[[dict[str, Any]], object]

_PR_SET_PDEATHSIG: Final = 1
_NICENESS: Final = 5
_CV_NO_MEMORY: Final = -4


def main() -> None:
    """Serve until standard input ends."""
    _end_with_parent(int(sys.argv[1]))
    memory = int(sys.argv[2]) * 1024 * 1024
    answer = _line_writer()
    # The door answers while all cores compute.
    os.nice(_NICENESS)
    import cv2

    # Loaded now, so that no job waits for it, and before the bound.
    from mesh_engine.door import parameters  # noqa: F401
    from mesh_engine.pipeline import make_mesh  # noqa: F401
    from mesh_engine.redraw import redrawn  # noqa: F401

    cv2.setNumThreads(1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    answer({"ready": True})
    for line in sys.stdin:
        # From here on it is this job that ends the process, if anything does.
        answer({"taken": True})
        answer(_perform(json.loads(line), answer))


def _line_writer() -> Answer:
    """Keep standard output for answers: whoever prints goes to the log."""
    lines = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    return lambda answer: lines.write(f"{json.dumps(answer)}\n")


def _end_with_parent(parent: int) -> None:
    """Live as long as the parent: signals to the whole group are its to judge, and once it is killed nobody waits."""
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _perform(task: dict[str, Any], answer: Answer) -> dict[str, Any]:
    import cv2

    from mesh_engine.failures import Refused

    try:
        return {"done": _draw(task) if "draw" in task else _make(task, answer)}
    except Refused as refused:
        return {"refused": [refused.code.value, refused.message]}
    except MemoryError:
        return {"memory": True}
    except cv2.error as error:
        if error.code == _CV_NO_MEMORY:
            return {"memory": True}
        return {"broken": traceback.format_exc(limit=-8)}
    except Exception:
        return {"broken": traceback.format_exc(limit=-8)}


def _make(task: dict[str, str], answer: Answer) -> dict[str, Any]:
    from mesh_engine.door.parameters import request_of
    from mesh_engine.generated import mesh_pb2
    from mesh_engine.pipeline import ENGINE_VERSION, make_mesh

    message = mesh_pb2.GenerateRequest.FromString(base64.b64decode(task["request"]))
    outcome = make_mesh(
        request_of(message),
        Path(task["image"]).read_bytes(),
        lambda stage, percent: _tell(answer, stage, percent),
    )
    files = [_written(Path(task["folder"]) / file.name, file.data) for file in outcome.files]
    return {
        "mode": outcome.mode.value,
        "reason": outcome.reason,
        "warnings": outcome.warnings,
        "vertexCount": outcome.vertex_count,
        "triangleCount": outcome.triangle_count,
        "achievedError": outcome.achieved_error,
        "watertight": outcome.watertight,
        "volumeMm3": outcome.volume_mm3,
        "bboxMm": outcome.bbox_mm,
        "imageSha256": outcome.image_sha256,
        "engineVersion": ENGINE_VERSION,
        "timings": [[timing.stage, timing.milliseconds] for timing in outcome.timings],
        "files": [
            {"name": file.name, "format": file.format, "mediaType": file.media_type, **facts}
            for file, facts in zip(outcome.files, files, strict=True)
        ],
    }


def _draw(task: dict[str, Any]) -> dict[str, Any]:
    """Draw the files of `draw`, paths by format."""
    from mesh_engine.redraw import redrawn

    data = redrawn({kind: Path(path).read_bytes() for kind, path in task["draw"].items()}, task["width"])
    return _written(Path(task["target"]), data)


def _tell(answer: Answer, stage: str, percent: int) -> None:
    answer({"stage": [stage, percent]})


def _written(path: Path, data: bytes) -> dict[str, Any]:
    """Write a file so that it is on the disk before anybody names it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


if __name__ == "__main__":
    main()
