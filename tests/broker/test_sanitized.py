"""The plugin under AddressSanitizer and UndefinedBehaviorSanitizer, with all that may happen to it."""

from __future__ import annotations

import subprocess
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from tests.broker.model.dice import steps
from tests.broker.model.stage import Stage
from tests.broker.table import CAST, cases, client, directory
from tests.broker.test_directory_faults import SPOILS
from tests.support.broker import TestBroker, build_plugin
from tests.support.raw_mqtt import V5, V311, Closed, Out
from xasup.protocol import codec, events
from xasup.protocol.access import Operation


@pytest.fixture
def broker(tmp_path: Path) -> TestBroker:
    return TestBroker(tmp_path, plugin=build_plugin("asan"), environment=_sanitizers())


def _sanitizers() -> dict[str, str]:
    names = ("libasan.so", "libubsan.so")
    paths = [subprocess.check_output(["cc", f"-print-file-name={name}"], text=True).strip() for name in names]
    if not all(path.startswith("/") for path in paths):
        pytest.skip("apt-get install libgcc-12-dev: no sanitizers for this compiler")
    # Mosquitto, LMDB and the C library are built without: what they keep until the end is not looked for.
    options = "abort_on_error=1:detect_leaks=0:allow_user_segv_handler=1:handle_segv=0:handle_sigbus=0:handle_sigfpe=0"
    return {"LD_PRELOAD": " ".join(paths), "ASAN_OPTIONS": options, "UBSAN_OPTIONS": "print_stacktrace=1"}


def test_no_sanitizer_has_anything_to_say(broker: TestBroker) -> None:
    with broker:
        _everything_in_the_table(broker)
        _connections(broker)
        _odd_packets(broker)
        _orders(broker)
        _new_generations_and_spoilt_ones(broker)
        assert broker.stop() == 0, broker.log.read_text()[-3000:]
    _is_silent(broker)


def _is_silent(broker: TestBroker) -> None:
    said = broker.log.read_text()
    assert "ERROR: AddressSanitizer" not in said
    assert "runtime error" not in said


def test_no_sanitizer_has_anything_to_say_to_random_attempts(tmp_path: Path, always_yes: Path) -> None:
    with TestBroker(tmp_path, plugin=always_yes, environment=_sanitizers()) as broker:
        stage = Stage(broker, build_plugin("asan"))
        assert [wrong for step in steps(Random(20), 1000) for wrong in stage.play(step)] == []
        assert broker.stop() == 0, broker.log.read_text()[-3000:]
    _is_silent(broker)


def test_the_sanitizer_notices_a_fault(tmp_path: Path) -> None:
    """The control: a plugin that reads one byte too many is noticed."""
    source = tmp_path / "fault.c"
    source.write_text(
        (Path(__file__).with_name("always_yes.c")).read_text()
        + "__attribute__((constructor)) static void fault(void) {"
        "    volatile int size = 4; char *few = mosquitto_malloc(size); few[size] = 1; mosquitto_free(few); }\n"
    )
    plugin = tmp_path / "fault.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-fsanitize=address", "-o", plugin, source], check=True)
    broker = TestBroker(tmp_path / "broker", plugin=plugin, environment=_sanitizers())
    with pytest.raises(AssertionError, match="heap-buffer-overflow"), broker:
        pass


def _everything_in_the_table(broker: TestBroker) -> None:
    broker.rebuild(directory())
    for actor in CAST:
        with broker.client(client(actor)) as raw:
            mine = [case for case in cases(Operation.WRITE) if case.actor == actor]
            raw.publish_all([Out(case.topic, retain=case.retain) for case in mine])
            raw.subscribe_all(case.topic for case in cases(Operation.SUBSCRIBE) if case.actor == actor)
            raw.got()


def _connections(broker: TestBroker) -> None:
    for number, (name, version) in enumerate(
        zip(cycle(["alice:d", "bob:d", "alice:", "", ":", "x" * 300]), [V5, V311] * 100)
    ):
        secret = [None, "", "wrong", b"\0", b"x" * 5000][number % 5]
        broker.attempt(name, username=name.partition(":")[0], secret=secret, version=version).vanish()


def _odd_packets(broker: TestBroker) -> None:
    broker.rebuild(directory())
    for topic in (
        "a" * 60_000,
        "/" * 150,
        "/",
        "xasup/v1/u/" + "b" * 65,
        "xasup/v1/u/" + "é" * 40 + "/msg/bob",
        "%n%s",
    ):
        with broker.client("bob:d") as raw:
            raw.publish(topic, bytes(65_537))
            raw.publish(topic, b"")
            raw.subscribe(topic)
    with pytest.raises((Closed, ConnectionError)):
        broker.client("bob:d").publish("xasup/v1/u/+/msg/bob")


def _orders(broker: TestBroker) -> None:
    service, topic = broker.client("svc-contacts:d"), "xasup/v1/svc/broker/request/svc-contacts"
    for payload in (
        b"",
        b"{",
        b"\0" * 500,
        codec.encode(events.disconnect("a" * 500)),
        b'{"op":"disconnect","client":"',
    ):
        service.publish(topic, payload)
    for version in (V5, V311):
        broker.client("alice:d", version=version, will=Out("xasup/v1/u/bob/msg/alice"))
        service.publish(topic, codec.encode(events.disconnect("alice:d")))


def _new_generations_and_spoilt_ones(broker: TestBroker) -> None:
    for name, (spoil, _) in SPOILS.items():
        if name == "a pipe":
            continue  # LMDB itself, in the writer, would wait for somebody to write into it
        broker.rebuild(directory())
        broker.await_client("alice:d").publish("xasup/v1/u/bob/msg/alice")
        broker.writer.close()
        spoil(broker.directory / "current")
        for _ in range(20):
            broker.attempt("alice:d").vanish()
    broker.rebuild(directory())
    broker.await_client("alice:d")
