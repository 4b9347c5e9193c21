"""Measures of two rankings, of certificates and of styles, case by case."""

from __future__ import annotations

from typing import Any

import pytest
from trials import condition, lost, passages, score, trial

from robustcore.corpus.records import Passage
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import Preserves
from robustcore.systems.trial import Trial

ATTACKED = condition(Preserves.ADDS_NOISE, "corpus")
MISSPELT = condition(Preserves.MEANING, "question")
CERTIFICATE = {"radius": 0.2, "size": 1.0, "weak": ["a", "b"], "gold_in": True, "gold_radius": 0.3,
               "displacement": 0.1, "certified": True, "changed": False, "exact": True, "read": 30}  # fmt: skip
STYLE = {"so": 40, "os": 2, "croma": [0.5, -0.1, None, 0.2], "meanings": 64, "styles": 4}


def ranked(ids: str, before: str | None = "abcde", **more: Any) -> Trial:
    ranking = tuple(Passage(doc_id=doc, text="") for doc in ids)
    kept = {"under": ATTACKED, "ranking": ranking, "unread": True, **more}
    return trial(None, "x", before=None if before is None else tuple(before), **kept)


@pytest.mark.parametrize(
    ("name", "after", "value"),
    [
        ("rank.top1_changed", "abcde", 0),
        ("rank.top1_changed", "bacde", 1),
        ("rank.top1_changed", "", 1),
        ("rank.topk_changed(k=2)", "axb", 0.5),
        ("rank.kendall_distance", "bacde", 0.1),
        ("rank.rbo_ext", "bacde", 0.9),
        ("rank.rbo_ext(p=0.5)", "bacde", 0.5),
    ],
)
def test_two_rankings_side_by_side(name: str, after: str, value: float) -> None:
    assert score(parse_measure(name), ranked(after)).value == pytest.approx(value)


def test_the_attacked_document_gains_ranks_one_outside_counts_behind_the_end() -> None:
    gain, boosted = parse_measure("rank.rank_gain"), parse_measure("rank.boosted")
    for after, before, expected in (
        ("xabcd", "abcdx", 4),
        ("abcdx", "xabcd", -4),
        ("axbcd", "abcde", 4),
        ("ab", "ab", 0),
    ):
        seen = ranked(after, before, added=("x",))
        assert score(gain, seen).value == expected
        assert score(boosted, seen).value == float(expected > 0)
    assert score(gain, ranked("abcde")).reason == "not_applicable"


def test_a_stale_index_and_the_rank_of_gold() -> None:
    stale, gold = parse_measure("rank.stale"), parse_measure("rank.gold_rank")
    assert score(stale, ranked("abc", removed=("b",))).value == 1
    assert score(stale, ranked("acd", removed=("b",))).value == 0
    assert score(stale, ranked("acd")).reason == "not_applicable"
    assert score(gold, ranked("abc", gold_docs=("c", "z"))).value == 3
    assert score(gold, ranked("abc", gold_docs=("z",))).value == 4
    assert score(gold, ranked("abc", gold_docs=("c",), removed=("c",))).reason == "no_oracle"


def test_what_cannot_be_compared_says_why() -> None:
    top1 = parse_measure("rank.top1_changed")
    assert score(top1, ranked("abc", None)).note == "the system does not show what it retrieved"
    clean = trial(None, "x", ranking=passages("a"), before=("d0",), unread=True)
    assert score(top1, clean).note == "nothing was perturbed"
    assert score(parse_measure("rank.kendall_distance"), ranked("xyzab")).reason == "not_applicable"
    answer = score(parse_measure("answer_correct"), ranked("abc"))
    assert (answer.reason, answer.note) == ("not_applicable", "the system only retrieves")


@pytest.mark.parametrize(
    ("name", "change", "value"),
    [
        ("cert.topk_radius", {}, 0.2),
        ("cert.topk_radius", {"radius": None}, 1),
        ("cert.topk_radius", {"size": 2.0}, 0.1),
        ("cert.fraction", {}, 1),
        ("cert.fraction(rho=0.3)", {}, 0),
        ("cert.gold_radius", {}, 0.3),
        ("cert.gold_radius", {"gold_radius": None}, 1),
        ("cert.displacement", {}, 0.1),
        ("cert.certified", {}, 1),
        ("certificate_violation", {}, 0),
        ("certificate_violation", {"changed": True}, 1),
        ("certificate_violation", {"changed": True, "certified": False}, 0),
    ],
)
def test_certificates_are_read(name: str, change: dict[str, Any], value: float) -> None:
    seen = trial(None, "x", under=MISSPELT, certificate={**CERTIFICATE, **change}, unread=True)
    assert score(parse_measure(name), seen).value == pytest.approx(value)


def test_a_certificate_speaks_of_moves_only_where_something_moved() -> None:
    clean = trial(None, "x", certificate=CERTIFICATE, unread=True)
    assert score(parse_measure("cert.topk_radius"), clean).value == pytest.approx(0.2)
    assert score(parse_measure("cert.certified"), clean).note == "nothing was perturbed"
    assert score(parse_measure("cert.certified"), trial(None, "x", under=MISSPELT)).reason == "not_applicable"
    outside = trial(None, "x", under=MISSPELT, certificate={**CERTIFICATE, "gold_in": False})
    assert score(parse_measure("cert.gold_radius"), outside).reason == "not_applicable"


def test_styles_are_asked_of_clean_questions_of_the_grid() -> None:
    clean = trial(None, "x", style=STYLE, unread=True)
    values = {name: score(parse_measure(f"style.{name}"), clean).value for name in ("so", "os", "croma", "crossed")}
    assert values == pytest.approx({"so": 40, "os": 2, "croma": 0.2, "crossed": 1 / 3})
    assert score(parse_measure("style.so"), trial(None, "x", style={"so": None})).reason == "not_applicable"
    assert score(parse_measure("style.so"), trial(None, "x", under=MISSPELT, style=STYLE)).reason == "not_applicable"


UNSEEN, NO_GOLD_IN = "the system does not show what it retrieved", "no gold document is in the top-k"
OWN_STYLES = "asked of clean questions: the grid has its own styles"
OUTSIDE: dict[str, Any] = {"certificate": {**CERTIFICATE, "gold_in": False}}


@pytest.mark.parametrize(
    ("name", "seen", "reason", "note"),
    [
        ("rank.top1_changed", ranked("abc", ""), "not_applicable", "the clean ranking is empty"),
        ("rank.topk_changed", ranked("abc", ""), "not_applicable", "the clean ranking is empty"),
        ("rank.rbo_ext", ranked("", "abc"), "not_applicable", "a ranking is empty"),
        ("rank.rank_gain", ranked("abcde"), "not_applicable", "no document was added or edited"),
        ("rank.boosted", ranked("abcde"), "not_applicable", "no document was added or edited"),
        ("rank.stale", ranked("acd"), "not_applicable", "no document was withdrawn"),
        ("rank.gold_rank", ranked("abc"), "no_oracle", "no gold document is in the corpus"),
        ("rank.gold_rank", trial(None, "x", under=ATTACKED, unread=True), "not_applicable", UNSEEN),
        ("rank.stale", trial(None, "x", under=ATTACKED, unread=True), "not_applicable", UNSEEN),
        ("rank.stale", trial(None, "x", skip="noop", note="nothing to change"), "noop", "nothing to change"),
        ("rank.gold_rank", trial(None, "x", skip="noop", note="nothing to change"), "noop", "nothing to change"),
        ("cert.gold_radius", trial(None, "x", under=MISSPELT, **OUTSIDE), "not_applicable", NO_GOLD_IN),
        ("cert.topk_radius", trial(None, "x", skip="noop", note="nothing to change"), "noop", "nothing to change"),
        ("cert.certified", trial(None, "x", under=MISSPELT), "not_applicable", "the system shows no certificate"),
        ("style.so", trial(None, "x"), "not_applicable", "the system shows no style"),
        ("style.so", trial(None, "x", style={"so": None}), "not_applicable", "the question is not in the grid"),
        ("style.so", trial(None, "x", under=MISSPELT, style=STYLE), "not_applicable", OWN_STYLES),
    ],
)  # fmt: skip
def test_an_unscored_case_says_why(name: str, seen: Trial, reason: str, note: str) -> None:
    found = score(parse_measure(name), seen)
    assert (found.value, found.reason, found.note) == (None, reason, note)


def test_a_lost_reply_is_lost_to_what_only_it_shows() -> None:
    for name in ("rank.gold_rank", "rank.stale", "cert.topk_radius", "style.so"):
        found = score(parse_measure(name), lost())
        assert (found.reason, found.note) == ("infra_error", "connection reset")
    infinite = score(parse_measure("cert.topk_radius"), trial(None, "x", certificate={**CERTIFICATE, "radius": None}))
    assert infinite.note == "infinite: no document is outside the top-k"
