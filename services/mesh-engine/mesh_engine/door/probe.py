"""``python -m mesh_engine.door.probe``: asks the engine of this machine whether it takes jobs; exit code 0 is yes."""

import os
import sys
from typing import Final

import grpc
from grpc_health.v1 import health_pb2

from mesh_engine.door.config import read_config

SERVICE: Final = "mesh.v1.MeshEngineService"
ANSWER_WITHIN_S: Final = 3.0


def main() -> int:
    """Ask once. Returns the exit code."""
    port = read_config({name: value for name, value in os.environ.items() if name == "PORT"}).port
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            question = health_pb2.HealthCheckRequest(service=SERVICE)
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            answer = check(question, timeout=ANSWER_WITHIN_S)
        except grpc.RpcError:
            return 1
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


if __name__ == "__main__":
    sys.exit(main())
