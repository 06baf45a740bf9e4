"""The defences of the broker and its plugin that controls.py takes out. Data."""

from __future__ import annotations

from tests.attacks.mutant import Change, Without

PLUGIN = "broker/plugin/xasup_acl.c"
GRANTED = "is_valid & (device != NULL) & matches ? OK"

DEFENCES = {
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
    "who loses the right while a retained will waits is asked again": Without(
        0,
        "attacks/test_planted.py::test_a_will_that_waits_needs_the_right_when_it_is_sent[the device revoked-retained]",
        (
            Change(PLUGIN, 'if (!valid(q))\n        return "device-invalid";', "valid(q);"),
            Change(PLUGIN, 'return "no-retain";', "q->retain = true;"),
        ),
    ),
    "guesses at a user are few": Without(
        2,
        "attacks/test_guessing.py::test_guesses_at_a_user_are_few_wherever_they_come_from",
        (Change("broker/plugin/guess.c", " && has_one(of_user(guess))", ""),),
    ),
    "guesses at who is not there are counted": Without(
        0,
        "attacks/test_guessing.py::test_an_unknown_user_looks_like_a_wrong_token_from_first_to_last",
        (
            Change(
                PLUGIN,
                "(why == OK ? guess_was_right : guess_was_wrong)(&guess);",
                "if (directory_look_up(\"d/\", q.me, ':', q.device, false)) guess_was_wrong(&guess);",
            ),
        ),
    ),
    "no token is in a log": Without(
        0,
        "e2e/test_stolen.py::test_no_token_and_no_link_code_is_in_the_data",
        (
            Change(
                PLUGIN,
                "reason why = decide(may_connect, &q);",
                'reason why = decide(may_connect, &q); mosquitto_log_printf(MOSQ_LOG_ERR, "%s", auth->password);',
            ),
        ),
    ),
    "the server's key is its owner's alone": Without(
        2,
        "broker/test_tls.py::test_keys_are_their_owners_alone",
        (Change("broker/tls.py", "        0o600,", "        0o644,"),),
    ),
    "weak ciphers are refused": Without(
        2,
        "broker/test_tls_live.py::test_an_old_version_or_a_weak_cipher_is_refused"
        "[771-ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0-mqtts_port]",
        (Change("broker/config.py", "ciphers ECDHE+AESGCM:ECDHE+CHACHA20\n", "\n"),),
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
    "the broker may open many files": Without(
        2,
        "broker/test_launcher.py::test_it_may_have_as_many_connections_as_the_machine_allows",
        (Change("broker/launcher.py", "*_with_many_files(), program", "program"),),
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
