"""The specification's check values for certificates, the style index, rankings, curves and stability."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from robustcore.stats import certificates as cert
from robustcore.stats import curves, ranking, style

HERE = Path(__file__).parent


def document(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def close(value: float | None, expected: float | str | None) -> bool:
    if value is None or expected is None:
        return value is expected
    return math.isinf(value) if expected == "inf" else math.isclose(value, float(expected), abs_tol=1e-6)


def on_circle(angles: list[float]) -> NDArray[np.float64]:
    turned = np.deg2rad(np.array(angles, float))
    return np.stack([np.cos(turned), np.sin(turned)], axis=1)


CERT = document("certificate_topk.json")
CIRCLE = on_circle(CERT["circle"]["document_angles_deg"])


def setting(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    given = CERT[name]
    documents = CIRCLE if name == "circle" else np.array(given["documents"], float)
    return np.array(given["query"], float), documents


@pytest.mark.parametrize(
    ("name", "case"), [(name, case) for name in ("circle", "integer") for case in CERT[name]["cases"]]
)
def test_the_certificates_of_a_toy_index(name: str, case: dict[str, Any]) -> None:
    query, documents = setting(name)
    k = case["k"]
    found = cert.topk_radius(query, documents, k)
    size = float(np.linalg.norm(query))
    assert cert.ranked(query, documents)[:k].tolist() == case["topk"]
    assert close(found.value, case["radius"])
    assert list(found.weak or ()) == case["weak_pair"]
    assert close(cert.easy_bound(query, documents, k), case["easy"])
    assert close(cert.topk_radius(query, documents, k, norm="linf").value, case["linf"])
    assert close(cert.easy_bound(query, documents, k, norm="linf"), case["linf_naive"])
    assert close(cert.order_radius(query, documents, k), case["order_radius"])
    assert close(cert.document_side(query, documents, k), case["doc_side_all"])
    assert close(cert.document_side(query, documents, k, outside=True), case["doc_side_outside"])
    assert close(found.value / size, case["relative"])
    assert close(cert.chord(found.value), case.get("chord_unit_norm", cert.chord(found.value)))
    assert close(
        math.degrees(math.asin(found.value / size)), case.get("angle_deg", math.degrees(math.asin(found.value / size)))
    )
    assert close(cert.topk_radius(2 * query, documents, k).value, 2 * found.value)


def test_a_tie_gives_zero_equal_vectors_are_left_out_and_a_small_corpus_gives_infinity() -> None:
    ties = CERT["ties"]
    query, documents = np.array(ties["query"], float), np.array(ties["documents"], float)
    assert cert.topk_radius(query, documents, ties["k"]).value == ties["radius"]
    assert math.isinf(cert.topk_radius(query, documents, 3).value)
    twins = np.array([[1.0, 0], [0.8, 0.6], [0.8, 0.6], [0, 1.0]])
    found = cert.topk_radius(query, twins, 2)
    assert found.duplicates
    assert found.weak == (0, 2)


@pytest.mark.parametrize("case", CERT["gold_membership"]["cases"])
def test_gold_keeps_its_place_in_the_top_k(case: dict[str, Any]) -> None:
    given = CERT["gold_membership"]
    documents = on_circle(given["document_angles_deg"])
    assert close(
        cert.gold_radius(np.array(given["query"], float), documents, case["k"], case["gold"]), case["membership_radius"]
    )


@pytest.mark.parametrize("case", CERT["both_sides"]["cases"])
def test_both_sides_may_move(case: dict[str, Any]) -> None:
    slack = cert.both_sides_slack(np.array([1.0, 0]), CIRCLE, 1, by_query=case["eq"], by_document=case["e"])
    assert close(slack, case["min_slack"])
    assert (slack > 0) == case["certified"]


STYLE = document("style_index.json")


def grid(*, swapped: bool = False) -> style.Grid:
    places = [(m, s, r) for m in (0, 1) for s in (0, 1) for r in (0, 1)]
    meaning, styles = (np.array([place[axis] for place in places]) for axis in (0, 1))
    vectors = on_circle([60 * m + 20 * s + 3 * r for m, s, r in places])
    return style.Grid(vectors=vectors, meaning=styles if swapped else meaning, style=meaning if swapped else styles)


@pytest.mark.parametrize(
    ("swapped", "case"), [(s, case) for s in (False, True) for case in STYLE["ri_swapped" if s else "ri"]]
)
def test_the_robustness_index(swapped: bool, case: dict[str, Any]) -> None:
    so, os_ = style.neighbour_counts(grid(swapped=swapped), case["k"])
    assert (int(so.sum()), int(os_.sum())) == (case["so"], case["os"])
    assert close(style.robustness_index(grid(swapped=swapped), case["k"]), case["ri"])


def test_the_style_margin() -> None:
    found, expected = style.margins(grid(), nearest=1), STYLE["croma_m1"]
    assert np.allclose(found, expected["values"], atol=1e-6)
    assert close(float(np.median(found)), expected["median"])
    swapped = style.margins(grid(swapped=True), nearest=1)
    assert close(float(np.median(swapped)), STYLE["croma_m1_swapped"]["median"])
    assert float((swapped <= 0).mean()) == STYLE["croma_m1_swapped"]["share_not_positive"]


@pytest.mark.parametrize("case", STYLE["chance"])
def test_the_chance_level(case: dict[str, Any]) -> None:
    assert close(style.chance(case["meanings"], case["styles"]), case["chance"])


def test_a_grid_of_one_style_or_one_meaning_has_no_index() -> None:
    whole = grid()
    for axis in ("meaning", "style"):
        kept = getattr(whole, axis) == 0
        part = style.Grid(vectors=whole.vectors[kept], meaning=whole.meaning[kept], style=whole.style[kept])
        assert style.robustness_index(part, 3) is None


RANKING = document("ranking.json")


def test_rankings() -> None:
    for case in RANKING["ndcg"]:
        assert close(ranking.ndcg_exp(case["rels"], case["k"], case.get("all_judged")), case["ndcg"])
    spread = RANKING["variance"]
    assert close(ranking.variance(spread["ndcg"]), spread["vndcg_population"])
    assert close(ranking.worst_mean(spread["ndcg"]), spread["worst_quarter_mean"])
    for case in RANKING["change_rel"]:
        assert close(ranking.change(case["p_ref"], case["p_shifted"]), case["change_rel"])
    for case in RANKING["rank_stability"]:
        before, after = list(case["before"]), list(case["after"])
        assert ranking.top1_changed(before, after) == case["top1_changed"]
        assert close(ranking.kendall_distance(before, after), case["kendall_tau_distance"])
        assert close(ranking.rbo_ext(before, after, 0.9), case["rbo_ext_p0_9"])
        if "rbo_ext_p0_5" in case:
            assert close(ranking.rbo_ext(before, after, 0.5), case["rbo_ext_p0_5"])
    for case in RANKING["target_rank"]:
        lists = [[f"d{i}" for i in range(1, 15) if i != 1] for _ in range(2)]
        for ids, rank in zip(lists, (case["rank_before"], case["rank_after"]), strict=True):
            ids.insert(rank - 1, "t")
        assert ranking.rank_gain(lists[0], lists[1], "t") == case["rank_gain"]


CURVES = document("intensity_curves.json")


def test_curves() -> None:
    assert close(curves.apd([CURVES["apd_example"]["score"]]), CURVES["apd_example"]["apd"])
    for case in CURVES["cases"]:
        assert close(curves.nipd(case["severity"], case["score"], case["chance"]), case["nipd"])
        assert close(curves.apd([case["score"]]), case["apd"])
    assert close(curves.apd(CURVES["averaging"]["repetitions"]), CURVES["averaging"]["mean_of_ratios"])
    assert curves.apd([[0.0, 0.5]]) is None
    assert curves.nipd([0, 1], [0.4, 0.3], 0.5) is None
    assert curves.apd([[0.4]]) is None
    assert curves.nipd([0.5, 1], [0.4, 0.3]) is None


@pytest.mark.parametrize("case", document("stability_deletion.json")["stability"])
def test_stability(case: dict[str, Any]) -> None:
    assert close(curves.stability(case["m"], case["neighbours"]), case["stability"])
