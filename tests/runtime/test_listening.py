"""Where the backend of a data directory listens."""

from pathlib import Path

import pytest

from xasup.protocol.errors import Malformed
from xasup.runtime import listening, settings
from xasup.runtime.listening import Listening
from xasup.runtime.settings import Settings


def test_it_is_found_while_the_backend_runs(tmp_path: Path) -> None:
    there = Settings(data=tmp_path, host="127.0.0.2", mqtt_port=2883, tls=True, mqtts_port=9883, log="kafka")
    asked = Settings(data=tmp_path)
    assert listening.as_running(asked) == asked
    assert listening.find(asked) == Listening("127.0.0.1", 1883, 8083)
    with listening.published(there):
        assert listening.find(asked) == Listening("127.0.0.2", 2883, 8083, 9883, 8084, "kafka")
        assert listening.as_running(asked) == there
    assert listening.find(asked) == Listening("127.0.0.1", 1883, 8083)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"host": "x"}',
        '{"host": "x", "mqtt_port": 1, "more": 2}',
        '{"host": [], "mqtt_port": 2883, "ws_port": 8083}',
        '{"host": "x", "mqtt_port": "2883", "ws_port": 8083}',
        '{"host": "x", "mqtt_port": 2883, "ws_port": {"a": 1}}',
        '{"host": "x", "mqtt_port": 2883, "ws_port": NaN}',
    ],
)
def test_a_file_that_cannot_be_read_counts_for_nothing(tmp_path: Path, content: str) -> None:
    there = Settings(data=tmp_path)
    with listening.published(there):
        (file,) = tmp_path.iterdir()
        file.write_text(content)
        assert listening.find(there) == Listening("127.0.0.1", 1883, 8083)


def test_the_password_of_a_kafka_is_found_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    there = Settings(data=tmp_path, log="kafka", kafka="one:1", kafka_user="me", kafka_password_file=file)
    with listening.published(there):
        assert listening.as_running(Settings(data=tmp_path)) == there


@pytest.mark.parametrize("given", [{"kafka_user": "me"}, {"kafka_password_file": "/x"}])
def test_a_user_of_kafka_without_a_password_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Malformed, match="XASUP_KAFKA_USER and XASUP_KAFKA_PASSWORD_FILE"):
        settings.load(**given)


def test_settings_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XASUP_WS_PORT", "99999")
    with pytest.raises(Malformed, match=r"^XASUP_WS_PORT=99999: "):
        settings.load()
    assert settings.load(ws_port=8083, data=None).ws_port == 8083
