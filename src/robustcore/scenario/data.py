"""The data that a scenario names, read."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from robustcore.corpus.bundled import bundled_dataset
from robustcore.corpus.load import keep_tags, load_dataset, merge, sample
from robustcore.corpus.records import Dataset
from robustcore.scenario.types import DataSpec


def read_data(spec: DataSpec, bundled: Collection[str]) -> Dataset:
    """Return the data of all sources of ``spec``; raise `InputError` with every mistake of a file."""
    dataset = merge([_source(source, spec, bundled) for source in spec.sources])
    dataset = keep_tags(dataset, spec.tags) if spec.tags else dataset
    return sample(dataset, spec.sample, spec.seed) if spec.sample else dataset


def _source(source: str, spec: DataSpec, bundled: Collection[str]) -> Dataset:
    if source in bundled:
        return bundled_dataset(source)
    return load_dataset(Path(source), questions=spec.questions, calibration=spec.calibration, format=spec.format)
