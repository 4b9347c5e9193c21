"""Where the shipped corpora and scenarios are: beside the source in a checkout, inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

import robustcore
from robustcore.corpus.bundled_packs import CLOSED, closed_dataset, pack_dataset, pack_names
from robustcore.corpus.load import load_dataset
from robustcore.corpus.records import Dataset
from robustcore.errors import InputError, Location, Problem, UnknownNameError, suggest

Shipped: TypeAlias = Literal["fixtures", "scenarios"]

_FILES = ("docs.jsonl", "questions.jsonl", "calibration.jsonl")


def shipped_folder(name: Shipped, *, package: Path | None = None) -> Path:
    """Return the folder of shipped ``fixtures`` or ``scenarios``.

    ``package`` is the folder of robustcore (default: the one imported). A wheel has ``_shipped`` inside of it; a
    checkout has the folder two levels above, beside pyproject.toml. Raises `InputError` naming both places.
    """
    inside = package or Path(robustcore.__file__).resolve().parent
    root = inside.parent.parent
    wheel, checkout = inside / "_shipped" / name, root / name
    if wheel.is_dir():
        return wheel
    # without the marker, an unrelated folder near site-packages could be taken for ours
    if inside.parent.name == "src" and (root / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    what = f"the shipped {name} are neither in {wheel} nor in {checkout}"
    raise InputError(Problem(what=what, where=Location(file=str(inside)), fix="install pytest-robust again"))


def bundled_names(*, fixtures: Path | None = None) -> tuple[str, ...]:
    """Return the names of all bundled data, sorted: the corpora, and the packs with questions of their own on them."""
    root = fixtures or shipped_folder("fixtures")
    return tuple(sorted((*corpus_names(fixtures=root), *pack_names(root))))


def corpus_names(*, fixtures: Path | None = None) -> tuple[str, ...]:
    """Return the names of the bundled corpora, sorted: folders with docs, questions and calibration questions."""
    corpora = (fixtures or shipped_folder("fixtures")) / "corpora"
    if not corpora.is_dir():
        return ()
    folders = [folder for folder in corpora.iterdir() if all((folder / file).is_file() for file in _FILES)]
    return tuple(sorted(folder.name for folder in folders))


def bundled_dataset(name: str, *, fixtures: Path | None = None) -> Dataset:
    """Return a bundled corpus with its questions, or the questions of a pack on the documents of all corpora.

    An unknown name is an `UnknownNameError` with the choices.
    """
    root = fixtures or shipped_folder("fixtures")
    names = bundled_names(fixtures=root)
    if name not in names:
        what = f"unknown bundled corpus {name!r}"
        raise UnknownNameError(Problem(what=what, choices=names, fix=suggest(name, names)))
    corpora = corpus_names(fixtures=root)
    if name in corpora:
        return load_dataset(root / "corpora" / name, format="folder")
    if name in CLOSED:
        return closed_dataset(name, root)
    return pack_dataset(name, [bundled_dataset(corpus, fixtures=root) for corpus in corpora], root)
