"""``python -m mesh_engine``: the engine as a process."""

import asyncio
import sys

from mesh_engine.door import metrics
from mesh_engine.door.config import ConfigError, read_config
from mesh_engine.door.log import start_log
from mesh_engine.door.server import serve
from mesh_engine.door.store import StoreError
from mesh_engine.door.telemetry import Telemetry


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code."""
    try:
        config = read_config()
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    start_log(config.service_name, config.log_level)
    telemetry = Telemetry(config.service_name, config.otlp_endpoint)
    if config.metrics_port is not None:
        metrics.serve_metrics(config.metrics_port)
    try:
        asyncio.run(serve(config))
    except (StoreError, OSError, RuntimeError) as error:
        sys.stderr.write(f"the engine cannot start: {error}\n")
        return 1
    finally:
        telemetry.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
