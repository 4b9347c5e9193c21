"""Every code block of README and docs is checked, run, or marked with why not; the marked ones are listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from robustcore.corpus.bundled import bundled_names
from robustcore.measures.registry import parse_measure
from robustcore.perturb.base import operator_registry
from robustcore.scenario.load import scenarios_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)```(?:\n<!-- norun: (?P<why>.+?) -->)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    kind: str
    text: str
    file: str
    why: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(content):
            line = content.count("\n", 0, match.start()) + 1
            found.append(Block(page.name, line, match["kind"], match["text"], match["file"] or "", match["why"] or ""))
    return found


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_a_block_is_checked_or_says_why_not(block: Block) -> None:
    if block.file:
        assert block.text in (ROOT / block.file).read_text(encoding="utf-8")
    elif block.why:
        print(f"not run: {block}: {block.why}")
    elif block.kind == "yaml":
        assert scenarios_of(block.text, ROOT / "x.yaml", operator_registry(), parse_measure, bundled=bundled_names())
    elif block.kind == "text":
        from pytest_robust.options import add_options

        parser = pytest.Parser(_ispytest=True)
        add_options(parser)
        known = {name for group in parser._groups for option in group.options for name in option.names()}
        assert set(re.findall(r"--robust[\w-]*", block.text)) <= known
    else:
        pytest.fail(f"{block}: a {block.kind or 'plain'} block is neither run nor marked <!-- norun: why -->")


def test_every_option_is_in_the_readme() -> None:
    from pytest_robust.options import add_options

    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    names = {name for group in parser._groups for option in group.options for name in option.names()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in names if name.startswith("--robust") and name not in readme} <= {"--robust-seed"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
