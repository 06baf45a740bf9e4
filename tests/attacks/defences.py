"""The defences of clients, services and the command line that controls.py takes out. Data."""

from __future__ import annotations

from tests.attacks.mutant import Change, Without

ARRIVALS, SORTING = "xasup/client/arrivals.py", "xasup/client/sorting.py"
DEVICES = "contacts/operations/devices.py"
REQUESTS, LOGS = "xasup/protocol/requests.py", "xasup/runtime/logs.py"

DEFENCES = {
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
    "what a part makes is its owner's alone": Without(  # needs root, who can become another user
        0,
        "e2e/test_other_user.py::test_nothing_is_open_to_another_user",
        (Change("xasup/runtime/supervise.py", "umask=0o077", "umask=0"),),
    ),
    "the end of a certificate is told in time": Without(
        1,
        "cli/test_up_tls.py::test_doctor_warns_a_month_before_the_end[29-True-note-renew it]",
        (Change("xasup/cli/checks.py", "timedelta(days=30)", "timedelta(days=20)"),),
    ),
    "a request has no field of its own": Without(
        1,
        "contacts/test_bad_requests.py::test_a_malformed_request_is_answered_with_what_is_wrong[a misspelled field]",
        (Change(REQUESTS, 'extra="forbid", ', ""),),
    ),
    "a request's numbers are numbers": Without(
        1,
        "contacts/test_bad_requests.py::test_a_malformed_request_is_answered_with_what_is_wrong[a number in quotes]",
        (Change(REQUESTS, ", strict=True", ""),),
    ),
    "what is logged for people is inert": Without(
        1,
        "attacks/test_names.py::test_what_is_logged_is_inert[terminal]",
        (Change(LOGS, "format_exc_info, _inert, plain", "format_exc_info, plain"),),
    ),
    "what is typed gets no line of its own": Without(
        0,
        "attacks/test_names.py::test_what_is_typed_comes_back_inert[users list-table]",
        (Change("xasup/cli/main.py", "error.message if is_help else one_line(error.message)", "error.message"),),
    ),
    "a file that an error names is inert": Without(
        0,
        "attacks/test_names.py::test_a_file_that_an_error_names_is_inert",
        (Change("xasup/cli/main.py", "{one_line(str(error))}", "{error}"),),
    ),
    "names are inert in tables": Without(
        0,
        "attacks/test_names.py::test_what_is_listed_is_inert[users list-table]",
        (
            Change(
                "xasup/runtime/output.py", "[one_line(str(cell)) for cell in cells]", "[str(cell) for cell in cells]"
            ),
        ),
    ),
}
