"""Every code block of README and docs is checked, run, or marked with why not; the marked ones are listed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from doc_blocks import PAGES, ROOT, Block, blocks
from jsonschema import Draft202012Validator

from robustcore.corpus.bundled import bundled_names
from robustcore.measures.registry import measure_names, parse_measure
from robustcore.perturb.families import operator_registry
from robustcore.scenario.load import scenarios_of
from robustcore.scenario.schema import json_schema

OPERATORS = operator_registry()
SCHEMA = Draft202012Validator(json_schema(OPERATORS, tuple(measure_names())))


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_a_block_is_checked_or_says_why_not(block: Block) -> None:
    if block.kind == "yaml" and block.text.startswith("robust: 1"):
        _check_scenario(block)
    if block.use in ("write", "run", "fails"):
        return  # test_tutorials.py does what the page says
    if block.file:
        assert block.text in (ROOT / block.file).read_text(encoding="utf-8")
    elif block.why:
        print(f"not run: {block}: {block.why}")
    elif block.kind == "yaml":
        assert block.text.startswith("robust: 1"), "a scenario, or a file of the repository, or marked norun"
    elif block.kind == "python":
        exec(compile(block.text, str(block), "exec"), {})
    elif block.kind == "text":
        from pytest_robust.options import add_options

        parser = pytest.Parser(_ispytest=True)
        add_options(parser)
        known = {name for group in parser._groups for option in group.options for name in option.names()}
        assert set(re.findall(r"--robust[\w-]*", block.text)) <= known
    else:
        pytest.fail(f"{block}: a {block.kind or 'plain'} block is neither run nor marked <!-- norun: why -->")


def _check_scenario(block: Block) -> None:
    """Load a block that names what is here; another, of an application or with an operator of its own, by its shape."""
    if not (block.use or block.why):
        assert scenarios_of(block.text, ROOT / "x.yaml", OPERATORS, parse_measure, bundled=bundled_names())
    elif "question.filler" not in block.text:  # the operator of the page itself
        faults = [fault.message for part in yaml.safe_load_all(block.text) for fault in SCHEMA.iter_errors(part)]
        assert not faults


def test_every_option_is_in_the_readme() -> None:
    from pytest_robust.options import add_options

    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    names = {name for group in parser._groups for option in group.options for name in option.names()}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {name for name in names if name.startswith("--robust") and name not in readme} <= {"--robust-seed"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))  # the name of an aggregate may look like a link
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target
