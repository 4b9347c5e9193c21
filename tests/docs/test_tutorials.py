"""Pages that are read by doing: their files are written, their commands run, in the order of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_blocks import ROOT, blocks

TUTORIALS = sorted({block.page for block in blocks() if block.use == "write"})
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@pytest.mark.parametrize("page", TUTORIALS)
def test_the_page_works_as_it_stands(page: str, tmp_path: Path) -> None:
    if page == "docs/own-system.md":
        pytest.importorskip("langchain_core", reason="needs the extra 'langchain'")
    (tmp_path / "bin").mkdir()
    for name, module in (("pytest", "pytest"), ("pytest-robust", "robustcore.cli")):
        call = f"import sys; from {module} import main; sys.exit(main())"
        script = tmp_path / "bin" / name
        script.write_text(f"#!/usr/bin/env bash\nexec {sys.executable} -c '{call}' \"$@\"\n")
        script.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "pytest.ini").write_text("[pytest]\n")  # the root, wherever pytest looks for one
    addopts = "-p no:randomly -p no:langsmith_plugin -p no:cacheprovider"
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTEST_ADDOPTS": addopts}
    for block in blocks():
        if block.page != page or block.use not in ("write", "run", "fails"):
            continue
        if block.use == "write":
            file = work / block.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
            continue
        ran = subprocess.run(
            ["bash", "-ec", block.text], cwd=work, env=env, capture_output=True, text=True, check=False
        )
        assert (ran.returncode != 0) == (block.use == "fails"), f"{block}\n{ran.stdout}\n{ran.stderr}"
    assert ROOT not in work.parents
