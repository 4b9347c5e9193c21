"""GitLab's Code Quality report: gates that did not pass, shown in the merge request on the scenario's line."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from robustcore.report.failing import failing
from robustcore.report.inert import line
from robustcore.report.places import place_of
from robustcore.report.types import Report

SEVERITY: Final = {"failed": "critical", "error": "major", "inconclusive": "minor"}


def to_gitlab(report: Report) -> str:
    """Return a JSON list, empty where every gate passed; a gate outside of the repository cannot be shown."""
    found = []
    for one in failing(report):
        place = place_of(report, one.gate.where or one.scenario.where)
        if place.path:
            names = "\0".join((one.scenario.name, one.gate.measure, *one.gate.cell.values()))
            found.append({
                "description": line(one.gate.sentence),
                "check_name": line(f"{one.scenario.name}/{one.gate.measure}"),
                "fingerprint": hashlib.blake2b(names.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest(),
                "severity": SEVERITY[one.gate.status],
                "location": {"path": line(place.path), "lines": {"begin": max(place.line, 1)}},
            })  # fmt: skip
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
