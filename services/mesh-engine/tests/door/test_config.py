"""Reading the environment."""

from pathlib import Path

import pytest

from mesh_engine.door.config import ConfigError, read_config


def test_nothing_set_takes_the_defaults() -> None:
    config = read_config({"PORT": "", "CALLBACK_SECRET_FILE": ""})

    assert (config.port, config.metrics_port, config.queue_limit, config.drain_seconds) == (4150, None, 64, 25)
    assert (config.worker_memory_mb, config.callback_secret, config.image_fetch_allow) == (3072, b"", ())
    assert config.workers >= 1
    assert config.artifacts_url.startswith("file:///")


def test_every_wrong_variable_is_told_at_once_and_no_value_repeated() -> None:
    wrong = {
        "PORT": "70000",
        "WORKERS": "0",
        "DRAIN_SECONDS": "-1",
        "ARTIFACTS_URL": "http://somewhere",
        "IMAGE_FETCH_ALLOW": "10.0.0.1/8",
        "PROJECTS_URL": "projects:4103",
        "CALLBACK_SECRET": "too short",
        "LOG_LEVEL": "loud",
        "METRICS_PORT_FILE": "/not/there",
    }

    with pytest.raises(ConfigError) as error:
        read_config(wrong)

    lines = str(error.value).splitlines()[1:]
    assert sorted(line.split(":")[0].strip() for line in lines) == sorted(wrong)
    assert "too short" not in str(error.value)


def test_a_secret_may_stand_in_a_file_and_be_written_as_webhooks_do(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("whsec_YSBzZWNyZXQgb2YgMTggYnl0ZXM=\n")

    assert read_config({"CALLBACK_SECRET_FILE": str(file)}).callback_secret == b"a secret of 18 bytes"
    assert read_config({"CALLBACK_SECRET": "a plain text secret"}).callback_secret == b"a plain text secret"
    with pytest.raises(ConfigError, match="no base64"):
        read_config({"CALLBACK_SECRET": "whsec_!"})


def test_networks_and_places_are_read(tmp_path: Path) -> None:
    config = read_config({"IMAGE_FETCH_ALLOW": "10.1.0.0/16, ::1", "ARTIFACTS_URL": f"file://{tmp_path}/"})

    assert [str(network) for network in config.image_fetch_allow] == ["10.1.0.0/16", "::1/128"]
    assert config.artifacts_url == f"file://{tmp_path}"
