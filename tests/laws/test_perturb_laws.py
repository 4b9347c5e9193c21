"""Laws of the shipped operators over arbitrary texts, answers, passages and seeds."""

from __future__ import annotations

import difflib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from robustcore.corpus.normalise import contains_answer, tokens
from robustcore.corpus.records import Corpus, Doc, Example, Passage
from robustcore.keys import rng_of, seed_of
from robustcore.perturb.base import Operator, Preserves
from robustcore.perturb.edit import At, CorpusEdit, Edit
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.families import shipped
from robustcore.perturb.language.text import analyse
from robustcore.testing import check_operator

OPERATORS = {operator.name: operator for operator in shipped()}
OF = {point: [o for o in shipped() if o.inject == point] for point in ("question", "context", "corpus")}
SLOW = "context.ocr_render"  # starts a program for each passage; tests/unit/perturb/test_ocr_render.py has its laws
NAMES = {point: st.sampled_from([o.name for o in operators if o.name != SLOW]) for point, operators in OF.items()}
ON_MEANING = st.sampled_from([o.name for o in OF["question"] if o.preserves is Preserves.MEANING])

_SAMPLE = """
Who signed the northern contract, in 1967 and not with 3.5 km of «rope»? never 72 % Straße İstanbul
kapı हिन्दी 北京。 don't O’Brien's "Yellow Fleet" e.g. U.S. (well-known) naïve café's ﬁnal ½ -5 … ?!
Ünïcödé ① ㎞ l'élève
"""
WORDS = st.sampled_from(_SAMPLE.split())
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=25).map(" ".join))
GOLDS = st.one_of(st.text(min_size=1, max_size=12), st.lists(WORDS, min_size=1, max_size=3).map(" ".join))
SEEDS = st.integers(0, 2**63 - 1)
SEVERITIES = st.one_of(st.sampled_from([0.25, 0.5, 0.75, 1.0]), st.floats(0.001, 1.0))


def at(severity: float, seed: int, example: Example, corpus: Corpus | None = None) -> At:
    return At(severity=severity, rng=rng_of(seed), example=example, corpus=corpus or Corpus())


def run(operator: Operator, text: str, severity: float, seed: int, golds: tuple[str, ...] = ()) -> Edit[Any]:
    return operator.apply(text, at(severity, seed, Example(id="x", question=text, answers=golds)))


@given(NAMES["question"], st.lists(TEXTS, min_size=1, max_size=3), GOLDS, SEEDS)
@settings(max_examples=200, deadline=None)
def test_question_operators_obey_the_laws_on_any_text(name: str, texts: list[str], gold: str, seed: int) -> None:
    check_operator(OPERATORS[name], *texts, example=Example(id="x", question="?", answers=(gold,)), seeds=(seed,))


@given(st.one_of(NAMES["context"], NAMES["corpus"]), st.lists(TEXTS, min_size=1, max_size=6), GOLDS, SEEDS)
@settings(max_examples=200, deadline=None)
def test_context_and_corpus_operators_obey_the_laws_on_any_text(
    name: str, texts: list[str], gold: str, seed: int
) -> None:
    asked = Example(id="x", question=texts[0], answers=(gold,), gold_doc_ids=("doc0",))
    check_operator(OPERATORS[name], *texts, f"It is {gold}, they say.", example=asked, seeds=(seed,))


@given(ON_MEANING, TEXTS, GOLDS, TEXTS, SEVERITIES, SEEDS)
@settings(max_examples=300, deadline=None)
def test_a_gold_answer_in_the_question_stays_findable(
    name: str, before: str, gold: str, after: str, severity: float, seed: int
) -> None:
    text = f"{before} {gold} {after}"
    edit = run(OPERATORS[name], text, severity, seed, (gold,))
    assert not contains_answer(text, [gold]) or contains_answer(edit.value, [gold])


@given(ON_MEANING, TEXTS, GOLDS, SEVERITIES, SEEDS)
@settings(max_examples=300, deadline=None)
def test_protected_spans_stand_in_the_output_unchanged_and_complete(
    name: str, text: str, gold: str, severity: float, seed: int
) -> None:
    edit = run(OPERATORS[name], text, severity, seed, (gold,))
    found = 0
    for start, end in analyse(text, (gold,)).protected:
        position = edit.value.find(text[start:end], found)
        assert position >= 0
        found = position + (end - start)


@pytest.mark.parametrize(
    "operator", [o for o in OF["question"] if not (o.levels or o.flow)], ids=lambda operator: operator.short
)
def test_the_realised_change_grows_with_severity_in_the_mean(operator: Operator) -> None:
    sentence = "which northern counties signed the contract with several Hellvik ferries, before winter; or Spring?"
    pool = sentence.split()
    means = []
    for severity in (0.25, 0.5, 0.75, 1.0):
        total = 0.0
        for number in range(200):
            rng = rng_of(seed_of("text", number))
            text = " ".join(pool[int(rng.random() * len(pool))] for _ in range(24)) + "?"
            edit = run(operator, text, severity, seed_of("draws", number))
            matched = difflib.SequenceMatcher(None, text, edit.value, autojunk=False).ratio()
            total += 1 - matched
        means.append(total / 200)
    assert means == sorted(means)
    assert means[-1] > 1.2 * means[0] > 0


ASKING = (  # they need a question with words, or a gold document that states the answer
    *("context.hard_negative", "context.planted_conflict", "context.planted_poison"),
)
GRADED = [o for o in OF["context"] if not o.levels and o.name not in (SLOW, "context.truncate_evidence", *ASKING)]


@pytest.mark.parametrize("operator", GRADED, ids=lambda operator: operator.short)
def test_the_realised_change_of_a_context_grows_with_severity_in_the_mean(operator: Operator) -> None:
    many = {o.name: {"copies": 8} for o in GRADED if "copies" in o.options}
    options = many.get(operator.name, {})
    sentence = "The northern Counties signed a Contract with several Hellvik ferries before Winter or in spring"
    words = sentence.split()
    means = []
    for severity in (0.25, 0.5, 0.75, 1.0):
        total, seen = 0.0, 0
        for number in range(200):
            rng = rng_of(seed_of("context", number))
            texts = [" ".join(words[int(rng.random() * len(words))] for _ in range(16)) + "." for _ in range(14)]
            docs = [Doc(id=f"d{i}", text=text) for i, text in enumerate(texts)]
            context = (
                Passage(doc_id="d0", text=f"It took 72 years. {texts[0]}"),
                *(Passage(doc_id=f"d{i}", text=texts[i]) for i in range(1, 4)),
            )
            asked = Example(
                id="x",
                question="?",
                answers=("72",),
                gold_doc_ids=("d0",),
                concepts=("Years are counted.",),
                noise_doc_ids=tuple(f"d{i}" for i in range(4, 12)),
            )
            edit = operator.apply(context, at(severity, seed_of("draws", number), asked, Corpus.of(docs)), **options)
            if edit.status == "applied":
                seen += 1
                before, after = ("\n".join(passage.text for passage in value) for value in (context, edit.value))
                total += Levenshtein.distance(before, after) / len(before)
        means.append(total / seen if seen else 0.0)
    if means[-1] == 0:  # all evidence is cut at severity 1, which is the other operator's case
        assert operator.name == "context.truncate"
        means.pop()
    assert means == sorted(means)
    assert means[-1] > 1.2 * means[0] > 0


@given(TEXTS, GOLDS, TEXTS, SEVERITIES, SEEDS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_cut_keeps_the_answer_or_takes_it_and_never_both(
    before: str, gold: str, after: str, severity: float, seed: int, padded: bool
) -> None:
    pad = " and so on" * 20 if padded else ""
    context = (Passage(doc_id="d0", text=f"{before}{pad} {gold} {pad}{after}"),)
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("d0",))
    kept = OPERATORS["context.truncate"].apply(context, at(severity, seed, asked))
    lost = OPERATORS["context.truncate_evidence"].apply(context, at(severity, seed, asked))
    assert "applied" not in (kept.status, lost.status) or kept.status != lost.status
    if holds(context[0], (gold,)):
        assert kept.status != "applied" or holds(kept.value[0], (gold,))
        assert lost.status != "applied" or not holds(lost.value[0], (gold,))


KEEPERS = [
    *("context.ocr_noise", "context.casing", "context.homoglyph", "context.truncate", "context.gold_position"),
    *("context.position_shuffle", "context.duplicate", "context.distractor_random", "context.distractor_same_topic"),
    *("context.conflict", "context.stale"),
]


@given(st.sampled_from(KEEPERS), st.lists(TEXTS, min_size=1, max_size=5), GOLDS, SEVERITIES, SEEDS)
@settings(max_examples=300, deadline=None)
def test_what_keeps_the_evidence_leaves_the_answer_in_the_passages_or_refuses_the_case(
    name: str, texts: list[str], gold: str, severity: float, seed: int
) -> None:
    value = (Passage(doc_id="g", text=f"It is {gold}, {texts[0]}"), *(Passage(doc_id="d", text=text) for text in texts))
    corpus = Corpus.of([Doc(id="g", text=value[0].text), Doc(id="z", text="Yes, that is known.")])
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("g",), wrong_answers=("seventeen",))
    operator = OPERATORS[name]
    edit = operator.apply(value, at(1.0 if operator.levels else severity, seed, asked, corpus))
    assert edit.status == "applied" or (edit.value == value and edit.note)
    assert not any(holds(p, (gold,)) for p in value) or any(holds(p, (gold,)) for p in edit.value)


@given(st.lists(TEXTS, max_size=8, unique=True), st.floats(0.0, 1.0), SEVERITIES, SEVERITIES, SEEDS)
@settings(max_examples=100, deadline=None)
def test_nested_withdrawals_hold_one_another(
    texts: list[str], share: float, one: float, other: float, seed: int
) -> None:
    corpus = Corpus.of([Doc(id=f"d{i}", text=text) for i, text in enumerate(texts)])
    asked = Example(id="x", question="?", gold_doc_ids=("d0",))
    less, more = (
        OPERATORS["corpus.delete_random"].apply(CorpusEdit(), at(s, seed + i, asked, corpus), share=share, nested=True)
        for i, s in enumerate(sorted((one, other)))
    )
    assert set(less.value.hide) <= set(more.value.hide) <= set(corpus.docs) - {"d0"}


REMOVERS = st.sampled_from(["context.remove_gold", "context.remove_answer_sentences", "context.swap_irrelevant"])


@given(REMOVERS, st.lists(TEXTS, min_size=1, max_size=6), GOLDS, SEEDS)
@settings(max_examples=150, deadline=None)
def test_where_evidence_was_removed_nothing_states_the_answer(
    name: str, texts: list[str], gold: str, seed: int
) -> None:
    value = (*(Passage(doc_id=f"d{i}", text=text) for i, text in enumerate(texts)), Passage(doc_id="g", text=gold))
    corpus = Corpus.of(
        [*(Doc(id=p.doc_id, text=p.text) for p in value), Doc(id="y", text="Yes."), Doc(id="z", text=gold)]
    )
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("g",))
    edit = OPERATORS[name].apply(value, at(1.0, seed, asked, corpus))
    assert edit.status != "applied" or not any(holds(passage, (gold,)) for passage in edit.value)


@given(st.lists(TEXTS, min_size=1, max_size=8), GOLDS, st.integers(1, 12), SEVERITIES, SEEDS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_added_never_holds_the_answer_and_what_was_there_stays_in_order(
    texts: list[str], gold: str, passages: int, severity: float, seed: int, same_topic: bool
) -> None:
    corpus = Corpus.of([Doc(id=f"d{i}", text=text, tags=(f"t{i % 2}",)) for i, text in enumerate(texts)])
    asked = Example(id="x", question=texts[-1], answers=(gold,), gold_doc_ids=("d0",))
    given_ = (Passage(doc_id="d0", text=texts[0]),)
    name = "context.distractor_same_topic" if same_topic else "context.distractor_random"
    edit = OPERATORS[name].apply(given_, at(severity, seed, asked, corpus), passages=passages)
    added = [passage for passage in edit.value if passage.doc_id in edit.added]
    assert [passage for passage in edit.value if passage not in added] == list(given_)
    assert len(added) == len(edit.added) <= passages
    assert not any(holds(passage, (gold,)) for passage in added)


@given(st.lists(TEXTS, min_size=1, max_size=6), GOLDS, SEEDS)
@settings(max_examples=150, deadline=None)
def test_after_removal_no_passage_holds_the_answer(texts: list[str], gold: str, seed: int) -> None:
    value = tuple(Passage(doc_id=f"d{i}", text=text) for i, text in enumerate([*texts, f"so {gold} it is"]))
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("d0",))
    edit = OPERATORS["context.remove_gold"].apply(value, at(1.0, seed, asked))
    if edit.status == "applied":
        assert not any(holds(passage, (gold,)) for passage in edit.value)
        assert "d0" not in {passage.doc_id for passage in edit.value}


@given(st.lists(TEXTS, min_size=1, max_size=6), GOLDS)
@settings(max_examples=150, deadline=None)
def test_the_index_finds_exactly_the_documents_that_hold_the_answer(texts: list[str], gold: str) -> None:
    corpus = Corpus.of([Doc(id=f"d{i}", text=text) for i, text in enumerate([*texts, f"so {gold} it is"])])
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("d0",))
    edit = OPERATORS["corpus.delete_gold"].apply(CorpusEdit(), at(1.0, 0, asked, corpus))
    holding = {doc.id for doc in corpus.docs.values() if holds(doc, (gold,))}
    assert set(edit.removed) == holding | {"d0"}
    assert not tokens(gold) or f"d{len(texts)}" in holding or not contains_answer(f"so {gold} it is", [gold])


@given(TEXTS, GOLDS, GOLDS, TEXTS, SEEDS)
@settings(max_examples=200, deadline=None)
def test_a_planted_value_is_stated_false_and_new(before: str, gold: str, wrong: str, after: str, seed: int) -> None:
    value = (Passage(doc_id="d0", text=f"{before}. It is {gold} now. {after}"),)
    asked = Example(id="x", question="?", answers=(gold,), gold_doc_ids=("d0",), wrong_answers=(wrong,))
    edit = OPERATORS["context.conflict"].apply(value, at(1.0, seed, asked))
    if edit.status == "applied":
        [false] = [passage for passage in edit.value if passage.doc_id in edit.added]
        assert holds(false, (edit.planted,))
        assert not holds(false, (gold,))
        assert not holds(value[0], (edit.planted,))
