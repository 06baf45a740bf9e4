"""The defences that are taken out of the sources, and the test that must notice each. `python -m
tests.attacks.controls` takes them out one at a time (some minutes), and exits 1 where a test stays green. (Rights in
topics: tests/broker/test_controls.py; other controls stand beside their tests.)"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from tests.attacks.mutant import Change, failing

ARRIVALS, SORTING = "xasup/client/arrivals.py", "xasup/client/sorting.py"
DEVICES = "contacts/operations/devices.py"
PLUGIN = "broker/plugin/xasup_acl.c"
GRANTED = "is_valid & (device != NULL) & matches ? OK"


class Without(NamedTuple):
    """*test*: from tests/. *group*: those of a group are taken out together, in the short form; 0: in the long one."""

    group: int
    test: str
    changes: tuple[Change, ...]


WITHOUT = {
    "ids are each sender's own": Without(
        1,
        "attacks/test_forgeries.py::test_an_id_that_another_used_first_hides_nothing",
        (
            Change(
                "xasup/client/receive.py",
                "(line.id, line.sender): line for line in here}",
                "(line.id, item.sender): line for line in here for item in arrived}",
            ),
        ),
    ),
    "what came is known again": Without(
        2,
        "attacks/test_forgeries.py::test_what_is_sent_again_is_shown_once_in_its_old_place",
        (
            Change(ARRIVALS, "if earlier is mine:", "if earlier:"),
            Change("xasup/wire/store/schema.py", "CREATE UNIQUE INDEX lines_once", "CREATE INDEX lines_once"),
        ),
    ),
    "a receipt counts from the recipient alone": Without(
        1,
        "attacks/test_forgeries.py::test_a_receipt_for_a_message_to_somebody_else_changes_nothing",
        (Change(SORTING, 'News(id, State.READ, "", conversation)', "News(id, State.READ)"),),
    ),
    "the bridge alone says stored": Without(
        1,
        "attacks/test_forgeries.py::test_another_service_than_the_bridge_cannot_say_stored[history]",
        (Change(SORTING, "if address.actor == BRIDGE:", "if address.actor:"),),
    ),
    "an engine reads what cannot be read": Without(
        1,
        "attacks/test_payloads.py::test_an_engine_outlives_whatever_comes[receipt/eve]",
        (Change(SORTING, 'post.unreadable.append(f"{incoming.topic}: {error}")', "raise"),),
    ),
    "the bridge buries what it cannot read": Without(
        0,
        "attacks/test_payloads.py::test_what_is_no_message_stops_neither_the_bridge_nor_history",
        (Change("bridge/sorter.py", "self._reject(batch, way, payload, error, kind)", "raise"),),
    ),
    "a service answers what it cannot read": Without(
        0,
        "attacks/test_payloads.py::test_a_service_answers_every_hostile_request_and_goes_on[contacts]",
        (Change("xasup/protocol/codec.py", "except orjson.JSONDecodeError as", "except ZeroDivisionError as"),),
    ),
    "a revoked device is put out": Without(
        1,
        "attacks/test_live_tokens.py::test_a_revoked_device_is_put_out_within_a_second",
        (Change(DEVICES, '{"device": client.device}, last=(disconnect(client),))', '{"device": client.device})'),),
    ),
    "an expired device is put out": Without(
        1,
        "attacks/test_live_tokens.py::test_a_token_that_runs_out_ends_its_connection_within_a_second",
        (Change(DEVICES, "return Draft({alarm: None}, last=(disconnect(client),))", "return Draft({alarm: None})"),),
    ),
    "a code is good once": Without(
        1,
        "contacts/test_devices.py::test_a_code_is_good_once",
        (Change(DEVICES, "token_sha256=token_sha256, expires=0, created=now, code=False", "expires=0, created=now"),),
    ),
    "a code is good for a minute": Without(
        2,
        "contacts/test_devices.py::test_an_expired_a_guessed_and_a_foreign_code_are_refused",
        (
            Change(
                DEVICES,
                "device.token_sha256 != code_sha256 or _over(device, now)",
                "device.token_sha256 != code_sha256",
            ),
        ),
    ),
    "a code is looked at": Without(
        1,
        "contacts/test_devices.py::test_an_expired_a_guessed_and_a_foreign_code_are_refused",
        (Change(DEVICES, "device.token_sha256 != code_sha256 or ", ""),),
    ),
    "a request that comes again is known": Without(
        1,
        "contacts/test_again.py::test_an_id_used_twice_with_another_content[other0]",
        (Change("contacts/operations/perform.py", "if recorded.digest != asked.digest:", "if not recorded.digest:"),),
    ),
    "who loses the right is asked again": Without(
        2,
        "attacks/test_planted.py::test_a_device_that_was_revoked_sends_no_will[True-5]",
        (Change(PLUGIN, 'if (!valid(q))\n        return "device-invalid";', "valid(q);"),),
    ),
    "who loses the right while a will waits is asked again": Without(
        0,
        "attacks/test_planted.py::test_a_will_that_waits_needs_the_right_when_it_is_sent[the device revoked-]",
        (Change(PLUGIN, 'if (!valid(q))\n        return "device-invalid";', "valid(q);"),),
    ),
    "a token is compared": Without(
        2,
        "broker/test_connect.py::test_a_stranger_cannot_take_over_a_session",
        (Change(PLUGIN, GRANTED, f"{GRANTED} : is_valid & (device != NULL) ? OK"),),
    ),
    "client ids have a form": Without(
        0,
        "broker/test_connect.py::test_client_ids_that_are_not_devices_are_refused[alice:d:d-5]",
        (
            Change(PLUGIN, "return is_name(q->me) && is_name(q->device);", "return true;"),
            Change(PLUGIN, GRANTED, f"{GRANTED} : true ? OK"),
        ),
    ),
    "packets have a largest size": Without(
        2,
        "attacks/test_packets.py::test_who_sends_what_is_no_packet_is_put_out[a packet over the limit]",
        (Change("broker/config.py", "max_packet_size 262144\n", "\n"),),
    ),
    "an alias is a topic like another": Without(
        2,
        "attacks/test_packets.py::test_an_alias_gives_no_right[to one who does not accept]",
        (Change(PLUGIN, 'repeats(q)) ? OK : "not-accepted"', "repeats(q)) ? OK : OK"),),
    ),
}
GROUPS = sorted({without.group for without in WITHOUT.values()} - {0})


def main() -> int:
    """The exit status."""
    green = []
    for name, without in WITHOUT.items():
        with tempfile.TemporaryDirectory(prefix="xasup-controls-") as folder:
            noticed = without.test in failing(Path(folder), without.changes, [without.test])
        print(f"{'red  ' if noticed else 'GREEN'} without: {name}", flush=True)
        green += [] if noticed else [name]
    return int(bool(green))


if __name__ == "__main__":
    sys.exit(main())
