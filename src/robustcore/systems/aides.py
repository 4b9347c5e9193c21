"""Aides: the models that write, compare and judge variants. They help a test, and are not what is tested."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any, Final

from robustcore.calls.types import Endpoint
from robustcore.endpoints.model_names import model_spec, shown_name
from robustcore.endpoints.specs import make_endpoint
from robustcore.errors import InputError, Problem
from robustcore.keys import content_key
from robustcore.perturb.edit import Models

ENTAILMENT: Final = "entailment:"  # before the name of a judge that is a cross-encoder
ENCODER: Final = "variants encoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aides:
    """``models`` are what operators call them by, ``endpoints`` what answers under these names."""

    models: Models = field(default_factory=Models)
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)

    def only(self, asked: Collection[str]) -> Aides:
        """Return those of the roles ``asked``: a scenario that asks no writer must not be held back by its price."""
        names = {role: name for role, name in asdict(self.models).items() if name and role in asked}
        return Aides(models=Models(**names), endpoints={name: self.endpoints[name] for name in names.values()})


def aides(*, writer: Mapping[str, Any] | None = None, judge: Mapping[str, Any] | None = None) -> Aides:
    """Return the aides for the options of ``--robust-writer`` and ``--robust-judge``: ``model`` and its own options.

    The encoder is the packaged one, where the extra that runs it is installed. Nothing heavy is loaded. Raises
    `InputError` with every problem of a model's options.
    """
    endpoints: dict[str, Endpoint] = {}
    names: dict[str, str] = {}
    for role, given in (("writer", writer), ("judge", judge)):
        if given:
            spec = aide_spec(role, given)
            kind = "entailment" if spec["kind"] == "cross_encoder" else role
            names[kind] = f"{role} {shown_name(given['model'])}@{content_key(spec)[:8]}"
            endpoints[names[kind]] = make_endpoint(spec)
    if find_spec("sentence_transformers") is not None:
        from robustcore.endpoints.likeness import Likeness

        names["encoder"] = ENCODER
        endpoints[ENCODER] = Likeness()
    return Aides(models=Models(**names), endpoints=endpoints)


def aide_spec(role: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec of the endpoint for ``given``; raise `InputError` with every problem.

    ``entailment:NAME`` names a judge that tells whether one text entails another: a folder, or ``hf:org/name``.
    """
    name, options = given["model"], {key: value for key, value in given.items() if key != "model"}
    if not name.startswith(ENTAILMENT):
        return model_spec(name, options)
    if role != "judge":
        raise InputError(Problem(what=f"{name!r} judges and cannot write", fix="name a chat model as writer"))
    spec = model_spec(name.removeprefix(ENTAILMENT), options)
    wrong = [key for key in spec if key not in ("kind", "model", "revision", "dtype", "threads", "download")]
    if spec["kind"] != "lm" or wrong:
        what = f"{name!r}: an entailment model runs here, with the options revision, dtype, threads and download"
        raise InputError(Problem(what=what, fix="write entailment:FOLDER or entailment:hf:org/name"))
    return {**spec, "kind": "cross_encoder"}
