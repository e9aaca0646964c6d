"""What is counted and measured, in Prometheus's names."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, start_http_server

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

jobs_ended = Counter(
    "mesh_jobs_ended_total", "Jobs that ended, by mode, state and word of failure", ["mode", "state", "code"]
)
job_seconds = Histogram("mesh_job_seconds", "From acceptance to end", ["state"], buckets=_SECONDS)
stage_seconds = Histogram("mesh_stage_seconds", "Time in a stage of the walk", ["stage"], buckets=_SECONDS)
jobs_live = Gauge("mesh_jobs_live", "Jobs accepted and not ended")
workers_alive = Gauge("mesh_workers_alive", "Worker processes that are ready or at work")
worker_crashes = Counter("mesh_worker_crashes_total", "Workers that died in the middle of a job")
callbacks = Counter("mesh_callbacks_total", "Callbacks posted, by how they were answered", ["answer"])
calls = Counter("mesh_rpc_total", "Calls answered, by method and code", ["method", "code"])
call_seconds = Histogram("mesh_rpc_seconds", "Time of unary calls", ["method"], buckets=_SECONDS)


def serve_metrics(port: int) -> int:
    """Answer ``/metrics`` from a thread of its own. Returns the port, which for 0 is a free one."""
    server, _ = start_http_server(port)
    return int(server.server_port)
