"""The cases as the page's browser wants them: rows of numbers, each text once, and no more than a page can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from robustcore.report.damage import loss
from robustcore.report.failing import shown_measures
from robustcore.report.inert import inert
from robustcore.report.passages import document_of
from robustcore.report.types import CaseRecord, Report, ScenarioReport

LARGEST: Final = 22_000_000  # bytes of texts: the page stays below 30 MB
TEXTS: Final = ("question", "perturbed", "expected", "clean_answer", "answer", "evidence", "planted", "error")
LEFT_OUT: Final = -1
WORST_FIRST: Final = ("failed", "error", "tolerated", "passed", "skipped")


def browser_values(report: Report, largest: int = LARGEST) -> dict[str, Any]:
    """Return JSON values, the worst cases first.

    Once there are ``largest`` bytes of texts, the rest is left out (-1): passages first, then the least damaged cases.
    """
    pool = _Pool(largest)
    conditions: dict[tuple[int, str, float, str], int] = {}
    pairs = [(place, case) for place, scenario in enumerate(report.scenarios) for case in scenario.cases]
    shown = [shown_measures(scenario) for scenario in report.scenarios]
    losses = [loss(case, shown[place], report.scenarios[place].measures) for place, case in pairs]
    order = sorted(
        range(len(pairs)), key=lambda at: (WORST_FIRST.index(pairs[at][1].outcome), -losses[at], pairs[at][1].id)
    )
    texts = [[pool.text(pairs[at][1].texts.get(name, "")) for name in TEXTS] for at in order]  # before any passage
    rows = []
    for at, own in zip(order, texts, strict=True):
        place, case = pairs[at]
        key = (place, case.condition, case.severity, case.family)
        condition = conditions.setdefault(key, len(conditions))
        rows.append(_row(case, condition, losses[at], own, report.scenarios[place], pool))
    return {
        "scenarios": [_scenario(scenario, names) for scenario, names in zip(report.scenarios, shown, strict=True)],
        "conditions": [[place, label, severity, family] for place, label, severity, family in conditions],
        "outcomes": list(WORST_FIRST),
        "texts": pool.texts,
        "passages": pool.passages,
        "lists": pool.lists,
        "cases": rows,
        "leftOut": pool.left_out,
    }


def _scenario(scenario: ScenarioReport, shown: Sequence[str]) -> dict[str, Any]:
    measures = [[inert(name), about.higher_is_better] for name, about in scenario.measures.items()]
    return {
        "name": inert(scenario.name),
        "claim": inert(scenario.claim),
        "rerun": inert(scenario.rerun),
        "measures": measures,
        "shown": [list(scenario.measures).index(name) for name in shown],
    }


def _row(
    case: CaseRecord, condition: int, lost: float, texts: Sequence[int], scenario: ScenarioReport, pool: _Pool
) -> list[Any]:
    """Return a case in the order that script/values.js reads."""
    lists = [
        pool.listed(keys, scenario.passages)
        for keys in (case.clean_ranking, case.ranking, case.clean_given, case.given)
    ]
    return [
        inert(case.id),
        condition,
        inert(case.item),
        WORST_FIRST.index(case.outcome),
        pool.text(case.reason),
        round(lost, 4),
        texts,
        [[case.clean[name][0], case.scores[name][0]] for name in scenario.measures],
        lists,
        [inert(name) for name in case.gold],
        case.status,
        case.validity,
        int(case.slice == "hunted"),
    ]


class _Pool:
    """Texts, passages and lists of passages, each kept once; texts only while there is room."""

    def __init__(self, largest: int) -> None:
        self._room = largest
        self._texts: dict[str, int] = {}
        self._passages: dict[str, int] = {}
        self._lists: dict[tuple[str, ...], int] = {}
        self.texts: list[str] = []
        self.passages: list[tuple[str, int]] = []
        self.lists: list[list[int]] = []
        self.left_out = 0

    def text(self, text: str) -> int:
        """Return the place of ``text``, `LEFT_OUT` if there is no room for it."""
        place = self._texts.get(text)
        if place is None:
            shown = inert(text, keep="\n\t")
            size = len(shown.encode("utf-8", "replace")) + 4
            if size > self._room:
                self.left_out += 1
                return LEFT_OUT
            self._room -= size
            place = self._texts[text] = len(self.texts)
            self.texts.append(shown)
        return place

    def listed(self, keys: tuple[str, ...] | None, texts: Mapping[str, str]) -> int:
        """Return the place of a list of passages, `LEFT_OUT` where the system shows none."""
        if keys is None:
            return LEFT_OUT
        place = self._lists.get(keys)
        if place is None:
            place = self._lists[keys] = len(self.lists)
            self.lists.append([self._passage(key, texts) for key in keys])
        return place

    def _passage(self, key: str, texts: Mapping[str, str]) -> int:
        place = self._passages.get(key)
        if place is None:
            place = self._passages[key] = len(self.passages)
            self.passages.append((inert(document_of(key)), self.text(texts.get(key, ""))))
        return place
