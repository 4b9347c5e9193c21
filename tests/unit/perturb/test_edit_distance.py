"""The edit distance against its definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robustcore.perturb.edit_distance import edit_distance, error_rate

NEAR = st.text(alphabet="abç", max_size=12)


def by_definition(before: str, after: str) -> int:
    row = list(range(len(after) + 1))
    for number, char in enumerate(before, 1):
        above, row = row, [number]
        for at, other in enumerate(after, 1):
            row.append(min(above[at] + 1, row[-1] + 1, above[at - 1] + (char != other)))
    return row[-1]


@given(st.one_of(NEAR, st.text(max_size=20)), st.one_of(NEAR, st.text(max_size=20)))
def test_it_is_the_least_number_of_edits(before: str, after: str) -> None:
    assert edit_distance(before, after) == by_definition(before, after) == edit_distance(after, before)


def test_the_error_rate_is_edits_per_character_of_what_was_there() -> None:
    assert error_rate("kitten", "sitting") == 0.5
    assert (error_rate("", ""), error_rate("", "x"), error_rate("x", "")) == (0, 1, 1)
