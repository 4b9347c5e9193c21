"""``pytest-robust fit-tau``: the temperature that fits neutral questions, on a real tiny model."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from robustcore.cli import main
from robustcore.stats.confidence import fitted_tau, neg_log_likelihood, probabilities


@pytest.mark.parametrize("tau", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_answers_is_found_again(tau: float) -> None:
    """Right letters drawn as often as softmax(mass / tau) says: counts in proportion, not draws."""
    base = {"A": -0.3, "B": -2.0, "C": -3.0, "D": -4.5}
    shares = probabilities(base, tau)
    items = [(base, letter) for letter, share in shares.items() for _ in range(round(2000 * share))]
    assert fitted_tau(items) == pytest.approx(tau, rel=0.03)
    assert neg_log_likelihood(items, tau) <= min(neg_log_likelihood(items, other) for other in (tau / 2, tau * 2))
    assert math.isfinite(neg_log_likelihood(items, 0.05))


def test_it_refuses_what_it_cannot_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit-tau", "nowhere.jsonl", "--robust-model", "openai:x"]) == 1
    assert "no bundled questions and no file are called 'nowhere.jsonl'" in capsys.readouterr().err
    assert main(["fit-tau", "handbook", "--robust-model", "openai:x"]) == 1
    assert "holds no closed questions" in capsys.readouterr().err
    assert main(["fit-tau", "parrot", "--robust-model", "openai:x", "--robust-model-arg", "k"]) == 1
    assert "'k' is not KEY=VALUE" in capsys.readouterr().err
    quiz = tmp_path / "quiz.jsonl"
    row = {"id": "q", "question": "Which?", "options": ["x", "y"], "gold": "A"}
    quiz.write_text(json.dumps(row) + "\n", encoding="utf-8")
    pytest.importorskip("langchain_openai")
    assert main(["fit-tau", str(quiz), "--robust-model", "openai:x"]) == 1
    assert "allow it with --robust-live" in capsys.readouterr().err
