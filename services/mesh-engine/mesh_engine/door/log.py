"""JSON lines on standard output, one object a line, in the form of the other services' logs."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from opentelemetry import trace

LEVELS: Final = {
    "trace": 5,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
    "silent": logging.CRITICAL + 10,
}
_NAMES: Final = {number: name for name, number in LEVELS.items()}

log = logging.getLogger("mesh-engine")


def start_log(service: str, level: str) -> None:
    """Send this process's log lines to standard output, those of libraries from warnings on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines(service))
    logging.basicConfig(handlers=[handler], level=max(LEVELS[level], logging.WARNING), force=True)
    log.setLevel(LEVELS[level])


class _Lines(logging.Formatter):
    """A constant message; what differs stands in fields, given as ``extra={"fields": {…}}``."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {
            "level": _NAMES.get(record.levelno, "info"),
            "time": time,
            "service": self._service,
            **_trace(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["err"] = self.formatException(record.exc_info)
        return json.dumps({**line, "msg": record.getMessage()}, default=str)


def _trace() -> dict[str, str]:
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
