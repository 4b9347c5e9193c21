"""The HTML report in real headless Chromium: filter, open, read, by keyboard, in the dark, on a telephone, hostile."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from acceptance.conftest import App
from browser import Watched, browsing, opened
from report_world import HOSTILE, hostile_report, small_report, told_report

from robustcore.report.html.cases import browser_values
from robustcore.report.writers import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ACTED = (
    "[window.pwned, document.querySelectorAll('main img, main a[href^=\"javascript\"], dialog img, dialog a').length]"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write(small_report(), "html", folder / "small.html")
    write(hostile_report(), "html", folder / "hostile.html")
    return folder


@pytest.fixture
def small(chromium: Browser, files: Path) -> Iterator[Watched]:
    with opened(chromium, files / "small.html") as seen:
        yield seen
        assert seen.requests == [(files / "small.html").as_uri()]
        assert seen.complaints == []


def counts(page: Page, number: int) -> None:
    """Wait until the list holds ``number`` cases."""
    from playwright.sync_api import expect

    expect(page.locator("#count")).to_have_text(re.compile(rf"{number} of \d+ cases"))


def test_it_filters_and_opens_a_case_with_what_changed(small: Watched) -> None:
    page = small.page
    assert page.inner_text("h1") == "✗ 1 of 3 gates failed, 1 inconclusive"
    assert page.inner_text("#count") == "240 of 240 cases"
    page.select_option("#f-perturbation", "typos")
    page.select_option("#f-severity", "1")
    page.select_option("#f-outcome", "tolerated")
    (cell,) = [
        cell
        for condition in small_report().scenarios[0].conditions
        for cell in condition.measures
        if (condition.label, condition.severity, cell.measure) == ("typos", 1.0, "answer_correct")
    ]
    lost = round(cell.perturbed.n * (1 - (cell.perturbed.value or 0)))
    counts(page, lost)
    assert page.locator(".case").count() == lost > 3
    page.fill("#f-text", page.locator(".case").nth(3).inner_text().split()[1])
    counts(page, 1)
    page.click(".case")
    dialog = page.locator("#case")
    assert dialog.is_visible()
    assert page.locator("#case dd ins").count() > 0
    assert page.locator("#case dd del").count() > 0
    ranks = page.locator("#case h3:has-text('Retrieval') + .scroll td:last-child").all_inner_texts()
    assert ranks == ["same"] * 5


def test_hunted_cases_have_a_badge_and_a_filter_where_there_are_any(
    chromium: Browser, small: Watched, tmp_path: Path
) -> None:
    assert not small.page.locator("#f-slice").is_visible()
    report = told_report()
    hunted = [case.id for case in report.scenarios[0].cases if case.slice == "hunted"]
    write(report, "html", tmp_path / "told.html")
    with opened(chromium, tmp_path / "told.html") as seen:
        page = seen.page
        page.select_option("#f-slice", "1")
        counts(page, len(hunted))
        assert page.locator(".case").count() == page.locator(".case .badge.hunted").count() > 0
        page.click(".case")
        assert "counts in no rate" in page.inner_text("#case")
        page.keyboard.press("Escape")
        page.select_option("#f-slice", "0")
        counts(page, len(report.scenarios[0].cases) - len(hunted))
        assert page.locator(".case .badge.hunted").count() == 0
        assert seen.complaints == []


def test_a_case_shows_which_passages_changed_and_by_which_words(small: Watched) -> None:
    page = small.page
    page.select_option("#f-perturbation", "conflict")
    counts(page, 60)
    page.click(".case")
    shown = page.locator("#case details summary").all_inner_texts()
    assert sum(text.endswith(": unchanged") for text in shown) == 4
    assert sum(text.endswith((": added", ": changed")) for text in shown) == 1


def test_a_place_of_the_heat_map_and_a_gate_lead_to_their_cases(small: Watched) -> None:
    page = small.page
    page.click(".heat button[data-perturbation=word_drop][data-severity='0.5']")
    counts(page, 20)
    assert page.input_value("#f-perturbation") == "word_drop"
    page.click(".gate.failed .to-cases")
    counts(page, 80)
    assert page.input_value("#f-severity") == "1"


def test_it_is_used_by_keyboard_alone(small: Watched) -> None:
    page = small.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the cases"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "list":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator(".case[aria-selected=true]")
    assert page.evaluate("document.activeElement.getAttribute('aria-activedescendant')") == chosen.get_attribute("id")
    name = chosen.inner_text().split()[1]
    page.keyboard.press("Enter")
    assert page.inner_text("#case-title") == name
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#case-title") != name
    page.keyboard.press("ArrowLeft")
    assert page.inner_text("#case-title") == name
    page.keyboard.press("Escape")
    assert not page.locator("#case").is_visible()
    assert page.evaluate("document.activeElement.id") == "list"
    page.keyboard.press("End")
    assert page.locator(".case[aria-selected=true]").get_attribute("aria-posinset") == "240"


def colour(seen: Watched) -> str:
    found: str = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def test_it_is_dark_where_the_system_is_and_where_the_reader_says_so(chromium: Browser, files: Path) -> None:
    with opened(chromium, files / "small.html", dark=True) as seen:
        assert colour(seen) == "rgb(15, 19, 24)"
        seen.page.click("#theme")
        seen.page.click("#theme")
        assert seen.page.inner_text("#theme") == "theme: light"
        assert colour(seen) == "rgb(255, 255, 255)"
    with opened(chromium, files / "small.html") as seen:
        assert colour(seen) == "rgb(255, 255, 255)"
        seen.page.click("#theme")
        assert colour(seen) == "rgb(15, 19, 24)"
        seen.page.reload()
        seen.page.wait_for_selector("html[data-ready=true]")
        assert colour(seen) == "rgb(15, 19, 24)"
        assert seen.complaints == []


@pytest.mark.parametrize("name", ["small", "hostile"])
def test_nothing_is_wider_than_360_pixels(chromium: Browser, files: Path, name: str) -> None:
    with opened(chromium, files / f"{name}.html", width=360) as seen:
        page = seen.page
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        page.locator("#list").scroll_into_view_if_needed()
        page.click(".case")
        assert page.evaluate("document.getElementById('case').scrollWidth") <= 360
        box = page.locator("#case-close").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360
        page.click("#case-close")
        assert not page.locator("#case").is_visible()


def test_hostile_texts_are_shown_and_do_nothing(chromium: Browser, files: Path) -> None:
    with opened(chromium, files / "hostile.html") as seen:
        page = seen.page
        for _ in range(4 * len(HOSTILE)):
            page.keyboard.press("ArrowRight") if page.locator("#case").is_visible() else page.click(".case")
        page.wait_for_timeout(100)
        assert page.evaluate(ACTED) == [None, 0]
        body = page.evaluate("document.body.textContent")
        assert "<script>window.pwned=1</script>" in body
        assert "\\u202eevil\\u202c" in body
        assert not set(body) & set("\u202e\u202c\u2066\u2069\u200b\x1b\x00")
        assert seen.requests == [(files / "hostile.html").as_uri()]
        assert seen.complaints == []


def test_a_link_to_a_case_opens_it_and_a_hostile_one_nothing(chromium: Browser, files: Path) -> None:
    with opened(chromium, files / "small.html", anchor="#case=typos-s0.5-q00003") as seen:
        assert seen.page.inner_text("#case-title") == "typos-s0.5-q00003"
    with opened(chromium, files / "small.html", anchor="#case=%3Cimg%20src=x%20onerror=alert(1)%3E%") as seen:
        assert not seen.page.locator("#case").is_visible()
        assert seen.complaints == []


def test_texts_are_left_out_before_a_page_gets_too_large() -> None:
    whole, cut = browser_values(small_report()), browser_values(small_report(), largest=20_000)
    assert whole["leftOut"] == 0
    assert cut["leftOut"] > 0
    assert sum(len(text.encode()) for text in cut["texts"]) <= 20_000
    assert len(cut["cases"]) == 240
    damaged = [row for row in cut["cases"] if row[5] > 0]
    assert all(-1 not in row[6] for row in damaged[:20])


def test_the_command_in_a_page_runs_that_one_case(app: App, chromium: Browser) -> None:
    app.scenario(body="expect: [{each: {invariant: answer_correct}}]\n")
    first = app.run("--robust-report", "out.html")
    first.assert_outcomes(failed=5)
    with opened(chromium, app.path / "out.html") as seen:
        seen.page.select_option("#f-outcome", "failed")
        seen.page.fill("#f-text", "pear")
        counts(seen.page, 1)
        seen.page.click(".case")
        command = shlex.split(seen.page.inner_text("#command"))
        assert "Which digit is" in seen.page.inner_text("#case dd >> nth=0")
    assert command[:2] == ["pytest", "--robust"]
    again = app.run(*command[2:])
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*upper.robust.yaml::upper[[]casing-s1-q2[]]*"])
