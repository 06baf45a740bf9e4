"""The password of our own Kafka: without it nobody comes in, with it the same client does; where it stands."""

from __future__ import annotations

import asyncio
import base64
import hmac
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException, Producer, TopicCollection
from confluent_kafka.admin import AdminClient

from tests.support.kafka import KafkaServer
from xasup.protocol.errors import Unavailable
from xasup.runtime import kafka_server, scram
from xasup.runtime.settings import Settings
from xasup.wire.log import kafka_settings, open_log

PATIENCE = 3.0  # seconds


def seen(client: dict[str, Any], topic: str) -> str:
    """Its name, told to whoever comes with these settings. Raises KafkaException."""
    admin = AdminClient({**client, "log_level": 0})
    [asked] = admin.describe_topics(TopicCollection([topic]), request_timeout=PATIENCE).values()
    return str(asked.result().name)


def appended(client: dict[str, Any], topic: str) -> bool:
    producer = Producer({**client, "log_level": 0, "message.timeout.ms": int(PATIENCE * 1000)})
    reports: list[bool] = []
    producer.produce(topic, b"mine", on_delivery=lambda error, _: reports.append(error is None))
    producer.flush(PATIENCE * 2)
    return reports == [True]


@pytest.mark.xdist_group("kafka")
@pytest.mark.parametrize("which", ["kafka", "kraft"])
def test_without_the_password_nothing_is_read_or_written(request: pytest.FixtureRequest, which: str) -> None:
    server: KafkaServer = request.getfixturevalue(which)
    topic = f"{server.prefix()}xasup.messages"
    known = server.client
    strangers = (
        {"bootstrap.servers": server.servers},
        {**known, "sasl.password": "wrong"},
        {**known, "sasl.username": "somebody"},
    )
    for stranger in strangers:
        with pytest.raises(KafkaException):
            seen(stranger, topic)
        assert not appended(stranger, topic)
    assert seen(known, topic) == topic  # the control
    assert appended(known, topic)


@pytest.mark.xdist_group("kafka")
def test_kcat_comes_in_with_its_file_alone(kafka: KafkaServer) -> None:
    listed = ["-L", "-m", str(int(PATIENCE))]
    with_file = subprocess.run(["kcat", "-F", str(kafka.kcat), *listed], capture_output=True, check=False)
    without = subprocess.run(["kcat", "-b", kafka.servers, *listed], capture_output=True, check=False)
    assert (with_file.returncode, without.returncode) == (0, 1), (with_file, without)


@pytest.mark.xdist_group("kafka")
async def test_a_log_with_a_wrong_password_is_away_and_says_why(kafka: KafkaServer, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    async with open_log(kafka.url.replace(str(kafka.password_file), str(wrong))) as log:
        with pytest.raises(Unavailable, match="Kafka does not let us in: .*SCRAM-SHA-256"):
            await log.extent("xasup.messages")


def test_each_start_has_passwords_of_its_own_in_files_of_the_owner(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    passwords: set[str] = set()
    for _ in range(2):
        recipes = [kafka_server.zookeeper(settings, tmp_path), kafka_server.recipe(settings, tmp_path)]
        made = {path.read_text() for path in (settings.kafka_password, settings.zookeeper_password)}
        assert len(made) == 2 and not made & passwords
        assert all(len(password) >= 43 for password in made), "256 bits"
        passwords |= made
        holding = {
            path for path in settings.data.rglob("*") if path.is_file() and any(p in path.read_text() for p in made)
        }
        assert {path.stat().st_mode & 0o777 for path in holding} == {0o600}
        assert {path.name for path in holding} == {"kafka", "zookeeper", "jaas.conf", "kcat.conf"}
        told = [word for recipe in recipes for word in (*recipe.argv, *recipe.environment.values())]
        assert not any(password in word for password in passwords for word in told)


def test_what_kafka_keeps_is_what_the_rfc_says() -> None:
    """The example of RFC 7677."""
    salt = "W22ZaJ0SNY7soEsUEjb6gQ=="
    kept = dict(field.split("=", 1) for field in scram.credential("pencil", base64.b64decode(salt)).split(","))
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    said = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s={salt},i=4096,c=biws,r={nonce}".encode()
    signature = hmac.digest(base64.b64decode(kept["server_key"]), said, "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    other = hmac.digest(base64.b64decode(kept["stored_key"]), said, "sha256")
    key = bytes(one ^ two for one, two in zip(proof, other, strict=True))
    assert base64.b64encode(sha256(key).digest()).decode() == kept["stored_key"]
    assert (kept["salt"], kept["iterations"]) == (salt, "4096")


async def test_a_password_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Unavailable, match=r"password for Kafka cannot be read: /no/such/file"):
        async with open_log("kafka://127.0.0.1:1?sasl.username=x&password_file=/no/such/file"):
            await asyncio.sleep(0)


def test_a_password_goes_over_tls_unless_the_url_says_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("secret\n")
    foreign = {"log": "kafka", "kafka_user": "me", "kafka_password_file": file}
    found = kafka_settings.read(Settings(kafka="one:1,two:2", **foreign).log_url)
    assert {name: value for name, value in found.items() if name.startswith(("s", "b"))} == {
        "bootstrap.servers": "one:1,two:2",
        "security.protocol": "sasl_ssl",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": "me",
        "sasl.password": "secret",
        "socket.timeout.ms": 6000,
    }
    found = kafka_settings.read(Settings(kafka="one:1?sasl.mechanism=PLAIN", **foreign).log_url)
    assert (found["sasl.mechanism"], found["security.protocol"]) == ("PLAIN", "sasl_ssl")
    assert "sasl.username" not in kafka_settings.read(Settings(log="kafka", kafka="one:1").log_url)
