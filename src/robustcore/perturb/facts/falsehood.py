"""The evidence restated with another value of the same type: fluent, and false wherever the answer is true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from robustcore.corpus.normalise import contains_answer, number_of, tokens
from robustcore.corpus.records import Doc, Example, Passage
from robustcore.perturb.draw import in_random_order
from robustcore.perturb.edit import At, Edit, Passages, refused
from robustcore.perturb.facts.evidence import holds
from robustcore.perturb.facts.names import others_like
from robustcore.perturb.facts.values import other_values
from robustcore.perturb.language.sentences import sentence_spans

_VOWELS = "aeiouAEIOU8"
_ARTICLE = re.compile(r"[Tt]he\s+")
_MOST_NAMES = 24
_NUMERAL = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Evidence(NamedTuple):
    """The sentence that states the answer: its source, its text, where the answer stands in it, and its neighbours."""

    source: Doc | Passage
    sentence: str
    start: int
    end: int
    before: str
    after: str


class Falsehood(NamedTuple):
    """A false copy of the evidence: where the true one stands, the text, and the value in place of the answer."""

    evidence: Evidence
    text: str
    value: str

    @property
    def origin(self) -> str:
        """Return the document id of the evidence."""
        source = self.evidence.source
        return source.doc_id if isinstance(source, Passage) else source.id

    def title(self, golds: Iterable[str]) -> str:
        """Return the title of the evidence, or an empty one if it states a gold answer."""
        title = self.evidence.source.title
        return "" if contains_answer(title, golds) else title


def falsehood(context: Passages, at: At) -> Falsehood | Edit[Passages]:
    """Return the answer's sentence with a false value in its place, or the edit that says why there is none.

    With the sentence come at most one before and after it. The value is the example's first wrong answer, else one by
    rule (`other_values` of numbers and dates, `others_like` of names). ``not_applicable``: unanswerable, or no passage
    holds the answer (nothing would be contested). ``no_oracle``: the answer stands in no gold document word for word,
    or has no value of its type. ``invalid_case``: the false value is a gold answer, already stands in a passage, or a
    gold answer would stand in the false text.
    """
    example = at.example
    if not example.answerable:
        return refused(context, "not_applicable", "the question has no answer to contradict")
    if not any(holds(passage, example.answers) for passage in context):
        return refused(context, "not_applicable", "no passage holds the answer, so nothing would be contested")
    evidence = next(_evidence(example, _sources(context, at)), None)
    if evidence is None:
        return refused(context, "no_oracle", "no gold document states the answer word for word")
    stated = evidence.sentence[evidence.start : evidence.end]
    values = _fitted(example.wrong_answers, stated) or tuple(other_values(stated, at.rng)) or _names(evidence, at)
    if not values:
        return refused(context, "no_oracle", f"no rule gives another value of the type of {stated!r}")
    for value in values:
        text = _false_text(evidence, value, example)
        if text and not any(holds(passage, (value,)) for passage in context):
            return Falsehood(evidence, text, value)
    return refused(context, "invalid_case", f"{values[0]!r} is also true, or stands in a passage already")


def _sources(context: Passages, at: At) -> Iterator[Doc | Passage]:
    """Yield where the gold sentence may stand: the gold passages as retrieved, then the gold documents."""
    yield from (passage for passage in context if passage.doc_id in at.example.gold_doc_ids)
    yield from (at.corpus.docs[doc_id] for doc_id in at.example.gold_doc_ids if doc_id in at.corpus.docs)


def _evidence(example: Example, sources: Iterable[Doc | Passage]) -> Iterator[Evidence]:
    pieces = list(sources)
    for answer in example.answers:
        spelt = _spelling(answer)
        for source in pieces:
            spans = sentence_spans(source.text)
            sentences = [source.text[start:end] for start, end in spans]
            for index, sentence in enumerate(sentences):
                found = spelt.search(sentence) if spelt else None
                if found is not None:
                    before = sentences[index - 1] if index else ""
                    after = sentences[index + 1] if index + 1 < len(sentences) else ""
                    yield Evidence(source, sentence, found.start(), found.end(), before, after)


def _spelling(answer: str) -> re.Pattern[str] | None:
    """Return a pattern that finds the answer as whole words, whatever its case and spacing; None for a blank one."""
    parts = answer.split()
    if not parts:
        return None
    left = r"(?<![\w.,])" if parts[0][0].isdigit() else r"(?<!\w)"
    right = r"(?![\w%]|[.,]\d)" if parts[-1][-1].isdigit() else r"(?!\w)"
    return re.compile(left + r"\s+".join(map(re.escape, parts)) + right, re.IGNORECASE)


def _names(evidence: Evidence, at: At) -> tuple[str, ...]:
    """Return names of the corpus that are of the answer's type and not of the question, in random order."""
    stated = evidence.sentence[evidence.start : evidence.end]
    article = _ARTICLE.match(stated)
    bare = stated[article.end() :] if article else stated
    behind = article is not None or evidence.sentence[: evidence.start].endswith(("the ", "The "))
    alike = others_like(bare, behind, evidence.sentence[evidence.end :], at.example.question, at.corpus)
    kept = [name for name in alike if not contains_answer(at.example.question, (name,))]
    lead = article.group() if article else ""
    return tuple(f"{lead}{name}" for name in islice(in_random_order(at.rng, kept), _MOST_NAMES))


def _fitted(wrong_answers: Sequence[str], stated: str) -> tuple[str, ...]:
    """Return the first given wrong value in the form of ``stated``: a bare number where only a number stands."""
    if not wrong_answers:
        return ()
    wrong = wrong_answers[0]
    numerals = _NUMERAL.findall(wrong)
    bare = number_of(tokens(stated)) is not None and number_of(tokens(wrong)) is None and len(numerals) == 1
    return (numerals[0] if bare else wrong,)


def _false_text(evidence: Evidence, value: str, example: Example) -> str:
    """Return the false passage, or an empty string if it would state a gold answer or lose the false value."""
    if contains_answer(value, example.answers) or any(contains_answer(gold, (value,)) for gold in example.answers):
        return ""
    sentence = with_value(evidence.sentence, value, example.answers)
    if contains_answer(sentence, example.answers) or not contains_answer(sentence, (value,)):
        return ""
    near = [text if not contains_answer(text, example.answers) else "" for text in (evidence.before, evidence.after)]
    text = " ".join(part for part in (near[0], sentence, near[1]) if part)
    return text if not contains_answer(text, example.answers) else sentence


def with_value(sentence: str, value: str, golds: Sequence[str]) -> str:
    """Return the text with every spelling of the answer replaced, the longest first, so that it stays fluent."""
    for gold in sorted(golds, key=len, reverse=True):
        spelt = _spelling(gold)
        if spelt is None:
            continue
        pieces = []
        rest = sentence
        while (found := spelt.search(rest)) is not None:
            pieces += [_article(rest[: found.start()], found.group(), value), _cased(value, found.group())]
            rest = rest[found.end() :]
        sentence = "".join((*pieces, rest))
    return sentence


def _cased(value: str, replaced: str) -> str:
    """Return ``value`` with a capital where a lower-case word would now begin what began with one."""
    return value[:1].upper() + value[1:] if replaced[:1].isupper() and value[:1].islower() else value


def _article(before: str, replaced: str, value: str) -> str:
    """Return ``before`` with its final "a" or "an" fitted to ``value``, if it fitted what is replaced."""
    found = re.search(r"\b([Aa])(n?)(\s+)$", before)
    if found is None or (replaced[:1] in _VOWELS) == (value[:1] in _VOWELS):
        return before
    return before[: found.start()] + found.group(1) + ("n" if value[:1] in _VOWELS else "") + found.group(3)
