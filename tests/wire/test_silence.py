"""How long silence is borne: who waits for an answer asks, and gives up soon; who waits for none is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xasup.wire.mqtt.silence import ASK, GONE, PATIENT, TICK, Silence, Step


def steps(
    silence: Silence, seconds: float, *, since: float = 0.0, waiting: bool = True
) -> Iterator[tuple[float, Step]]:
    """What it says, look by look, while nothing comes."""
    for number in range(1, int(seconds / TICK) + 1):
        now = since + number * TICK
        yield now, silence.look(now, False, waiting)


def first(wanted: Step, found: Iterator[tuple[float, Step]]) -> float:
    return next((at for at, step in found if step is wanted), -1.0)


def test_who_waits_asks_and_gives_up_within_seconds() -> None:
    assert first(Step.ASK, steps(Silence(0, 0.01, watchful=False), 60)) == ASK
    assert first(Step.GONE, steps(Silence(0, 0.01, watchful=False), 60)) == GONE


def test_who_waits_for_nothing_is_left_alone_for_ever() -> None:
    said = {step for _, step in steps(Silence(0, 0.01, watchful=False), 3600, waiting=False)}
    assert said == {Step.WAIT}


def test_the_watchful_ask_though_they_wait_for_nothing() -> None:
    silence = Silence(0, 0.01, watchful=True)
    assert first(Step.ASK, steps(silence, 60, waiting=False)) == ASK
    assert first(Step.GONE, steps(silence, 60, since=ASK, waiting=False)) == GONE


def test_an_answer_ends_the_silence() -> None:
    silence = Silence(0, 0.01, watchful=True)
    for number in range(1, 1000):  # it answers each time that it is asked
        now = number * TICK
        assert silence.look(now, number % 6 == 0, waiting=True) is not Step.GONE


def test_a_broker_that_lets_in_slowly_has_more_time() -> None:
    assert first(Step.GONE, steps(Silence(0, 6.0, watchful=False), 60)) == 12.0
    assert first(Step.GONE, steps(Silence(0, 1000.0, watchful=False), 60)) == PATIENT


def test_a_broker_that_answered_late_has_more_time_and_that_is_forgotten() -> None:
    silence = Silence(0, 0.01, watchful=True)
    assert first(Step.ASK, steps(silence, ASK)) == ASK
    list(steps(silence, 2.0, since=ASK))
    assert silence.look(3.8, True, waiting=True) is Step.WAIT
    assert silence.patience == 2 * 3.8
    for number in range(200):
        silence.look(3.8 + number * TICK, True, waiting=True)
    assert silence.patience == GONE


def test_after_a_sleep_it_is_asked_first_and_given_up_later() -> None:
    """Of the machine, or of our process: what came meanwhile has not been read yet."""
    silence = Silence(0, 0.01, watchful=False)
    assert silence.look(TICK, True, waiting=False) is Step.WAIT
    assert silence.look(8 * 3600.0, False, waiting=False) is Step.ASK
    assert first(Step.GONE, steps(silence, 60, since=8 * 3600.0, waiting=False)) == 8 * 3600.0 + GONE


def test_a_sleep_is_not_held_against_the_broker() -> None:
    look: Callable[..., Step] = Silence(0, 0.01, watchful=True).look
    assert look(3600.0, False, waiting=True) is Step.ASK
    assert look(3600.0 + TICK, True, waiting=True) is Step.WAIT
