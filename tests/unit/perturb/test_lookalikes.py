"""Look-alike letters: the table's flags are true, and what the two operators make of words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.perturb.edit import At, Edit, Models
from robustcore.perturb.question.lookalikes import STABLE, UNSTABLE, homoglyph, look_alikes, typo_composite

QUESTION = "Which northern counties signed contracts with several ferry companies before early winter?"


def test_nfkc_keeps_every_stable_look_alike_and_undoes_every_other_one() -> None:
    for letter, others in STABLE.items():
        assert letter not in others
        assert all(unicodedata.normalize("NFKC", other) == other for other in others)
    for letter, others in UNSTABLE.items():
        assert [unicodedata.normalize("NFKC", other) for other in others] == [letter, letter]


def test_look_alikes_keep_the_case_and_are_letters_of_another_script() -> None:
    for letter, others in look_alikes(True).items():
        for other in others:
            assert letter.isupper() == other.isupper()
            scripts = {unicodedata.name(char).split()[0] for char in (letter, other)}
            assert len(scripts) == 2 or "ɡ" in (letter, other)  # the script g, of the same script and stable


def test_one_letter_of_each_edited_word_is_replaced_by_one_that_nfkc_keeps(place: Callable[..., At]) -> None:
    for seed in range(30):
        edited = homoglyph.apply(QUESTION, place(seed=seed)).value
        changed = [(a, b) for a, b in zip(QUESTION, edited, strict=True) if a != b]
        assert len(changed) == 3
        assert all(b in STABLE[a] for a, b in changed)
        assert unicodedata.normalize("NFKC", edited) == edited


def test_without_stable_some_letters_are_ones_that_a_cleaner_undoes(place: Callable[..., At]) -> None:
    texts = [homoglyph.apply(QUESTION, place(seed=seed), stable=False, share=1.0).value for seed in range(10)]
    assert any(unicodedata.normalize("NFKC", text) != text for text in texts)


def test_cyrillic_words_get_latin_letters_and_scripts_without_look_alikes_are_a_noop(place: Callable[..., At]) -> None:
    edited = homoglyph.apply("столица", place()).value
    assert sum(char.isascii() for char in edited) == 1
    assert homoglyph.apply("हिन्दुस्तान", place()).status == "noop"


def test_the_composite_edits_a_tenth_of_the_eligible_words_at_a_third_with_all_four_slips(
    place: Callable[..., At],
) -> None:
    words = "harbour lantern merchant granite festival museum compass library orchard village"
    kinds = set()
    for seed in range(80):
        edit = typo_composite.apply(words, place(0.33, seed=seed))
        [(before, after)] = [(a, b) for a, b in zip(words.split(), edit.value.split(), strict=True) if a != b]
        assert edit.edits == 1
        kinds.add(
            "deleted"
            if len(after) < len(before)
            else "look-alike"
            if not after.isascii()
            else "swapped"
            if sorted(before) == sorted(after)
            else "keyboard"
        )
    assert kinds == {"deleted", "look-alike", "swapped", "keyboard"}


def _chosen(cosines: Sequence[float], at: At) -> tuple[Edit[str], ScriptedEndpoint]:
    """Return the composite's edit under an encoder whose comparisons come out as ``cosines`` in turn."""
    left = iter(cosines)
    encoder = ScriptedEndpoint(lambda call: {"cosine": next(left)})
    engine = Engine(Ledger(None), Run("r"))
    engine.add_endpoints({"e": encoder})
    assert typo_composite.flow is not None
    flow = typo_composite.flow(QUESTION, at._replace(models=Models(encoder="e")))
    return dict(engine.run([("x", flow)]))["x"], encoder


def test_the_first_draft_of_the_composite_that_is_alike_is_taken(place: Callable[..., At]) -> None:
    first, asked = _chosen([0.85], place(seed=3))
    assert first.value == typo_composite.apply(QUESTION, place(seed=3)).value
    assert (first.similarity, first.below_gate, len(asked.sent)) == (0.85, False, 1)
    third, asked = _chosen([0.3, 0.84, 0.9], place(seed=3))
    assert third.value == asked.sent[2].payload["after"] != first.value
    assert (third.similarity, third.below_gate) == (0.9, False)


def test_a_composite_that_never_comes_near_is_the_best_of_five_and_marked(place: Callable[..., At]) -> None:
    edit, asked = _chosen([0.3, 0.7, 0.5, 0.6, 0.2], place(seed=3))
    drafts = [call.payload["after"] for call in asked.sent]
    assert edit.value == drafts[1]
    assert (edit.similarity, edit.below_gate) == (0.7, True)
    assert "0.70" in edit.note
    assert len(set(drafts)) == 5


def test_without_an_encoder_the_first_draft_is_taken_unmarked(place: Callable[..., At]) -> None:
    edit = typo_composite.apply(QUESTION, place(seed=3))
    assert (edit.status, edit.similarity, edit.below_gate) == ("applied", None, False)
    assert typo_composite.apply("72 km", place()).status == "noop"
