"""The only reader of the environment."""

import base64
import binascii
import ipaddress
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

Value = TypeVar("Value")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LEVELS: Final = ("trace", "debug", "info", "warn", "error", "fatal", "silent")


class ConfigError(Exception):
    """Some variables are missing or wrong; the message has a line for each."""


@dataclass(frozen=True)
class Config:
    """Everything that the environment decides; see docs/configuration.md for the meaning of each."""

    port: int
    metrics_port: int | None
    workers: int
    worker_memory_mb: int
    queue_limit: int
    drain_seconds: float
    artifacts_url: str
    image_fetch_allow: tuple[Network, ...]
    projects_url: str
    callback_base_url: str
    callback_secret: bytes
    otlp_endpoint: str
    service_name: str
    log_level: str


def read_config(env: Mapping[str, str] = os.environ) -> Config:
    """Read and check all variables.

    Parameters
    ----------
    env : mapping of str to str
        An empty variable counts as unset; ``NAME_FILE`` names a file that holds the value of ``NAME``.

    Raises
    ------
    ConfigError
        With a line for each variable that is wrong. Values are not repeated: they may be secrets.
    """
    reader = _Reader(env)
    config = Config(
        port=reader.read("PORT", _whole(0, 65_535), "4150"),
        metrics_port=reader.read("METRICS_PORT", _optional(_whole(0, 65_535)), ""),
        workers=reader.read("WORKERS", _whole(1, 256), str(_cores())),
        worker_memory_mb=reader.read("WORKER_MEMORY_MB", _whole(256, 1_048_576), "3072"),
        queue_limit=reader.read("QUEUE_LIMIT", _whole(1, 100_000), "64"),
        drain_seconds=reader.read("DRAIN_SECONDS", _whole(0, 86_400), "25"),
        artifacts_url=reader.read("ARTIFACTS_URL", _store_url, _default_store()),
        image_fetch_allow=reader.read("IMAGE_FETCH_ALLOW", _networks, ""),
        projects_url=reader.read("PROJECTS_URL", _optional_http_url, ""),
        callback_base_url=reader.read("CALLBACK_BASE_URL", _optional_http_url, ""),
        callback_secret=reader.read("CALLBACK_SECRET", _secret, ""),
        otlp_endpoint=reader.read("OTEL_EXPORTER_OTLP_ENDPOINT", _optional_http_url, ""),
        service_name=reader.read("OTEL_SERVICE_NAME", str, "mesh-engine"),
        log_level=reader.read("LOG_LEVEL", _level, "info"),
    )
    if reader.wrong:
        lines = "\n".join(f"  {line}" for line in reader.wrong)
        raise ConfigError(f"the configuration is wrong; correct these environment variables:\n{lines}")
    return config


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self.wrong: list[str] = []

    def read(self, name: str, parse: Callable[[str], Value], default: str) -> Value:
        try:
            return parse(self._text(name) or default)
        except ValueError as error:
            self.wrong.append(f"{name}: {error}")
            return parse(default)

    def _text(self, name: str) -> str:
        value = self._env.get(name, "")
        file = self._env.get(f"{name}_FILE", "")
        if value or not file:
            return value
        try:
            return Path(file).read_text(encoding="utf-8").rstrip()
        except (OSError, UnicodeDecodeError):
            self.wrong.append(f"{name}_FILE: cannot read {file}")
            return ""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _default_store() -> str:
    return (Path(tempfile.gettempdir()) / "millrace-artifacts").as_uri()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def _optional(parse: Callable[[str], int]) -> Callable[[str], int | None]:
    return lambda text: parse(text) if text else None


def _optional_http_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must be an http or https URL")
    return text.rstrip("/")


def _store_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        return text.rstrip("/")
    if parts.scheme == "s3" and parts.netloc:
        return text.rstrip("/")
    raise ValueError("must be file:///folder or s3://bucket/prefix")


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"must be CIDRs, comma separated, such as 10.1.0.0/16: {error}") from error


def _secret(text: str) -> bytes:
    if text.startswith("whsec_"):
        try:
            text_bytes = base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ValueError("begins with whsec_ and goes on with what is no base64") from error
    else:
        text_bytes = text.encode()
    if text and len(text_bytes) < 16:
        raise ValueError("must have at least 16 bytes")
    return text_bytes


def _level(text: str) -> str:
    if text not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return text
