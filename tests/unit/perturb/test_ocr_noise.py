"""Recognition errors by rule: the rate that was asked for, in thirds, off what must be read rightly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from rapidfuzz.distance import Levenshtein

from robustcore.corpus.bundled import bundled_dataset, corpus_names
from robustcore.corpus.normalise import contains_answer
from robustcore.corpus.records import Example, Passage
from robustcore.perturb.context.ocr_noise import ocr_noise
from robustcore.perturb.edit import At, Edit
from robustcore.perturb.language.text import analyse

TOLERANCE = 0.001  # of the character error rate, on contexts of 2,000 characters and more
HALF_AN_EDIT = 0.5  # the nearest whole number of edits, on every single passage of 200 characters and more
POOLED = 0.0005  # of the character error rate over all of them
Pages = tuple[Passage, ...]


def single_passages() -> list[tuple[Example, Pages]]:
    """Return each half of every bundled document of 200 characters and more, with a question on the document."""
    found: list[tuple[Example, Pages]] = []
    for name in corpus_names():
        dataset = bundled_dataset(name)
        asked = {doc_id: example for example in dataset.examples for doc_id in example.gold_doc_ids}
        for doc in dataset.corpus.docs.values():
            middle = doc.text.find(". ", len(doc.text) // 2) + 1
            for text in (doc.text[:middle], doc.text[middle:].strip()):
                page = Passage(doc_id=doc.id, text=text, title=doc.title)
                if len(text) >= 200:
                    found.append((asked.get(doc.id, Example(id="x", question="?")), (page,)))
    return found


def contexts() -> list[tuple[Example, Pages]]:
    """Return the gold document and three others for forty questions of each bundled corpus."""
    found = []
    for name in corpus_names():
        dataset = bundled_dataset(name)
        docs = list(dataset.corpus.docs.values())
        for number, example in enumerate([e for e in dataset.examples if e.gold_doc_ids][:40]):
            own = [dataset.corpus.docs[example.gold_doc_ids[0]], *docs[number : number + 3]]
            pages = tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in own)
            if sum(len(page.text) for page in pages) >= 2000:
                found.append((example, pages))
    return found


def misread(
    place: Callable[..., At], example: Example, pages: Pages, severity: float, **options: object
) -> Edit[Pages]:
    return ocr_noise.apply(pages, place(severity, example=example, seed=len(pages[0].text)), **options)


@pytest.mark.parametrize("severity", [0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("protect", [True, False])
def test_the_character_error_rate_is_met_on_every_long_context(
    severity: float, protect: bool, place: Callable[..., At]
) -> None:
    seen = 0
    for example, pages in contexts():
        edit = misread(place, example, pages, severity, protect=protect)
        if edit.status == "invalid_case":
            assert not protect
            continue
        seen += 1
        size = sum(len(page.text) for page in pages)
        distance = sum(Levenshtein.distance(a.text, b.text) for a, b in zip(pages, edit.value, strict=True))
        assert distance == edit.edits
        assert f"character error rate {distance / size:.4f}" in edit.note
        assert abs(distance / size - 0.10 * severity) <= TOLERANCE
    assert seen >= 30


@pytest.mark.parametrize("severity", [0.1, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("protect", [True, False])
def test_the_character_error_rate_is_met_to_the_edit_on_over_two_hundred_single_passages(
    severity: float, protect: bool, place: Callable[..., At]
) -> None:
    total = misread_in_all = seen = 0
    for example, pages in single_passages():
        edit = misread(place, example, pages, severity, protect=protect)
        if edit.status == "invalid_case":
            assert not protect
            continue
        size = len(pages[0].text)
        distance = Levenshtein.distance(pages[0].text, edit.value[0].text)
        assert abs(distance - 0.10 * severity * size) <= HALF_AN_EDIT + 1e-9
        seen, total, misread_in_all = seen + 1, total + size, misread_in_all + distance
    assert seen >= 200
    assert abs(misread_in_all / total - 0.10 * severity) <= POOLED


def test_a_third_each_is_lost_misread_and_made_up(place: Callable[..., At]) -> None:
    text = " ".join(["fox jug wry zip"] * 400)  # hardly ever two errors in one word
    edit = ocr_noise.apply((Passage(doc_id="d", text=text),), place(answers="none"))
    pairs = zip(text.split(), edit.value[0].text.split(), strict=True)
    kinds = Counter(len(after) - len(before) for before, after in pairs if after != before)
    assert all(abs(kinds[kind] / sum(kinds.values()) - 1 / 3) < 0.01 for kind in (-1, 0, 1))


@pytest.mark.parametrize(("written", "alike"), [("O", "0"), ("B", "8"), ("S", "5"), ("I", "1l"), ("l", "1I")])
def test_a_character_with_a_look_alike_is_misread_as_that_and_nothing_else(
    written: str, alike: str, place: Callable[..., At]
) -> None:
    words = [written * 3] * 200
    edit = ocr_noise.apply((Passage(doc_id="d", text=" ".join(words)),), place(answers="none"))
    misread_as = {char for word in edit.value[0].text.split() if len(word) == 3 for char in word if char != written}
    assert misread_as == set(alike)


def test_two_letters_may_be_read_as_one_and_one_as_two(place: Callable[..., At]) -> None:
    pages = tuple(Passage(doc_id=word, text=" ".join([word] * 200)) for word in ("born", "Kimi"))
    edit = ocr_noise.apply(pages, place(answers="none"))
    assert "bom" in edit.value[0].text.split()
    assert "Kirni" in edit.value[1].text.split()


def test_numbers_negations_quotes_and_gold_are_read_rightly(place: Callable[..., At]) -> None:
    for example, pages in contexts()[:30]:
        edit = misread(place, example, pages, 1.0)
        for before, after in zip(pages, edit.value, strict=True):
            position = 0
            for start, end in analyse(before.text, example.answers).protected:
                position = after.text.find(before.text[start:end], position)
                assert position >= 0
                position += end - start


def test_without_protection_a_destroyed_answer_makes_the_case_invalid(place: Callable[..., At]) -> None:
    pages = (Passage(doc_id="d", text="It was Bartholomew Featherstonehaugh-Cholmondeley."),)
    asked = Example(id="q", question="?", answers=("Bartholomew Featherstonehaugh-Cholmondeley",), gold_doc_ids=("d",))
    edits = [ocr_noise.apply(pages, place(seed=seed, example=asked), protect=False) for seed in range(40)]
    statuses = Counter(edit.status for edit in edits)
    assert statuses["invalid_case"] > 30
    assert all(edit.value == pages and edit.note for edit in edits if edit.status == "invalid_case")
    for edit in edits:
        assert edit.status == "invalid_case" or contains_answer(edit.value[0].text, asked.answers)
    kept = [ocr_noise.apply(pages, place(seed=seed, example=asked)) for seed in range(40)]
    assert {edit.status for edit in kept} == {"applied"}


def test_no_error_makes_a_negation_or_a_number_of_a_word(place: Callable[..., At]) -> None:
    text = "now noun nod knot nota I a l O so is it one tone done net " * 8
    words = set(text.split())
    for seed in range(60):
        for word in (
            ocr_noise.apply((Passage(doc_id="d", text=text),), place(seed=seed, answers="x")).value[0].text.split()
        ):
            assert word in words or (not word.isnumeric() and word not in {"no", "not", "none", "nor", "one", "ten"})


def test_marks_stay_on_their_letters_and_other_scripts_in_theirs(place: Callable[..., At]) -> None:
    text = "हिन्दी में लिखा हुआ पाठ बहुत पुराना है और सुन्दर भी " * 10
    edit = ocr_noise.apply((Passage(doc_id="d", text=text),), place(answers="x"))
    assert edit.status == "applied"
    assert set(edit.value[0].text) <= set(text)


def test_nothing_to_misread_is_a_noop_and_a_rate_of_zero_too(place: Callable[..., At]) -> None:
    page = Passage(doc_id="d", text="1967 — 72 %")
    assert ocr_noise.apply((page,), place(answers="x")).status == "noop"
    assert ocr_noise.apply((), place()).status == "noop"
    assert ocr_noise.apply((replace(page, text="words here"),), place(answers="x"), rate=0.0).status == "noop"
