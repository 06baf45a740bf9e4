"""How well what was typed fits a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui_client.hostile import HOSTILE
from tui_client.finding.fuzzy import Fit, Typed, fold, name

TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    ("typed", "called", "fit"),
    [
        ("bob", "bob", Fit.WHOLE),
        ("BOB", "Bob", Fit.WHOLE),
        ("bo", "bob", Fit.BEGINNING),
        ("jurg", "Jürgen", Fit.BEGINNING),
        ("kit", "sunday kites", Fit.WORD),
        ("kit", "sunday-kites", Fit.WORD),
        ("sk", "sunday kites", Fit.INITIALS),
        ("day", "sunday kites", Fit.INSIDE),
        ("sdk", "sunday kites", Fit.SCATTERED),
        ("kit sun", "sunday kites", Fit.WORD),
        ("日茶", "日本茶", Fit.SCATTERED),
        ("", "anything", Fit.WHOLE),
        ("bobb", "bob", None),
        ("bb", "bob", Fit.SCATTERED),
        ("obb", "bob", None),
        ("kit mon", "sunday kites", None),
    ],
)
def test_fits(typed: str, called: str, fit: Fit | None) -> None:
    assert Typed(typed).fits(name(called)) is fit


def test_the_better_fit_is_the_smaller_one() -> None:
    names = ["ask", "asking", "to ask", "a small kite", "task", "a bus knot"]
    fits = [Typed("ask").fits(name(each)) for each in names]
    assert fits == sorted(Fit)


@given(TEXTS, st.data())
def test_letters_left_out_of_a_name_still_find_it(text: str, data: st.DataObject) -> None:
    """And the letters that are marked are those that were typed."""
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    typed = "".join(letter for letter, keep in zip(fold(text), kept, strict=True) if keep).replace(" ", "")
    called = name(text)
    fits = Typed(typed).fits(called)
    assert fits is not None
    assert "".join(called.folded[at] for at in sorted(Typed(typed).letters(called))) == typed


@given(TEXTS, TEXTS)
def test_a_name_fits_only_what_has_its_letters_in_this_order(typed: str, text: str) -> None:
    called = name(text)
    rest = iter(called.folded)
    one_word = Typed(typed.replace(" ", ""))
    if len(one_word.words) == 1:
        assert (one_word.fits(called) is not None) == all(letter in rest for letter in one_word.words[0])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_has_as_many_letters_as_its_text(text: str) -> None:
    assert len(name(text).folded) == len(text)
    Typed(text).fits(name(text * 2))
