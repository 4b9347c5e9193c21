"""Real text recognition: printed, scanned badly, read back. Needs Tesseract and the extra ``ocr``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from rapidfuzz.distance import Levenshtein

from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Example, Passage
from robustcore.perturb.context.ocr_render import HINT, ocr_render
from robustcore.perturb.edit import At
from robustcore.testing import check_operator

pytest.importorskip("PIL", reason="needs the extra 'ocr'")
pytest.importorskip("font_roboto", reason="needs the extra 'ocr'")
needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason=HINT)

TEXT = (
    "The Skarvold Line runs fourteen ships between Hellvik and Storøy. In 2023 an average of 72 guests travelled per "
    "crossing, as in 2019; the harbour master – a careful man – kept the count and asked for £1,250 a year."
)


@needs_tesseract
def test_the_error_rate_grows_with_the_damage_and_is_what_the_record_says(place: Callable[..., At]) -> None:
    pages = (Passage(doc_id="a", text=TEXT), Passage(doc_id="b", text=TEXT.swapcase()))
    found = []
    for severity in (0.25, 0.75, 1.0):
        edit = ocr_render.apply(pages, place(severity, answers="Skarvold Line"))
        assert edit.status in ("applied", "noop")
        distance = sum(Levenshtein.distance(old.text, new.text) for old, new in zip(pages, edit.value, strict=True))
        assert distance == edit.edits
        assert edit.status == "noop" or f"error rate {distance / (2 * len(TEXT)):.4f}" in edit.note
        found.append(distance / (2 * len(TEXT)))
    assert found == sorted(found)
    assert found[0] < 0.02 < found[-1] < 0.5


@needs_tesseract
def test_it_obeys_the_laws_of_an_operator() -> None:
    asked = Example(id="q", question="?", answers=("Skarvold Line",), gold_doc_ids=("doc0",))
    check_operator(ocr_render, TEXT[:66], "", example=asked, seeds=(1,))


@needs_tesseract
def test_an_answer_that_was_misread_everywhere_makes_the_case_invalid(place: Callable[..., At]) -> None:
    asked = Example(id="q", question="?", answers=(TEXT,), gold_doc_ids=("a",))
    pages = (Passage(doc_id="a", text=TEXT),)
    edit = ocr_render.apply(pages, place(1.0, example=asked))
    assert (edit.status, edit.value) == ("invalid_case", pages)
    kept = ocr_render.apply(pages, place(1.0, example=replace(asked, answers=("zebra",))))
    assert kept.status == "applied"
    assert not contains_answer(kept.value[0].text, [TEXT])


@needs_tesseract
def test_a_language_that_tesseract_lacks_is_told_in_its_words(place: Callable[..., At]) -> None:
    edit = ocr_render.apply((Passage(doc_id="a", text=TEXT),), place(answers="x"), language="tlh")
    assert edit.status == "not_applicable"
    assert "tlh" in edit.note


@needs_tesseract
def test_what_the_font_cannot_print_is_refused(place: Callable[..., At]) -> None:
    edit = ocr_render.apply((Passage(doc_id="a", text="北京 lies there"),), place(answers="x"))
    assert (edit.status, "北京" in edit.note) == ("not_applicable", True)


def test_without_tesseract_the_case_is_not_run_and_says_how_to_get_it(
    place: Callable[..., At], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    pages = (Passage(doc_id="a", text=TEXT),)
    edit = ocr_render.apply(pages, place())
    assert (edit.status, edit.value, edit.note) == ("not_applicable", pages, HINT)
