"""Write a report as JSON: in a temporary file first, so that a crash never leaves half a report."""

from __future__ import annotations

import json
from pathlib import Path

from robustcore.report.json_form import to_json
from robustcore.report.types import Report


def write_json(report: Report, path: Path) -> None:
    """Write ``report`` to ``path``; raise `OSError` if it cannot be written."""
    text = json.dumps(to_json(report), ensure_ascii=False, indent=1, allow_nan=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)
