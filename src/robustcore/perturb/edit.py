"""What operators get and what they give: `At`, where one is applied, `Edit`, what it made, and the values they edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from robustcore.calls.types import Flow
from robustcore.corpus.records import Corpus, Doc, Example, Origin, Passage
from robustcore.keys import Draws

V = TypeVar("V")
Source: TypeAlias = Literal["rule", "stored", "model"]
Passages: TypeAlias = tuple[Passage, ...]  # the value that ``context`` operators edit, best ranked first
EditStatus: TypeAlias = Literal["applied", "noop", "invalid_case", "undecided_case", "no_oracle", "not_applicable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What operators and their gate may ask, as names of endpoints; an empty name: there is none.

    ``writer`` is a chat model that writes variants; ``encoder`` compares texts and finds neighbours of words;
    ``judge`` a chat model, and ``entailment`` a cross-encoder, that tell whether a variant is valid.
    """

    writer: str = ""
    encoder: str = ""
    judge: str = ""
    entailment: str = ""


NO_MODELS = Models()


class At(NamedTuple):
    """Where an operator is applied: its severity in [0, 1], its private rng, the example and the corpus.

    A named tuple, as `Edit` is, since one is made for every text, and a frozen dataclass takes three times as long.

    ``models`` are what it may ask, ``replicate`` tells repeats of the same case apart. ``search`` retrieves for the
    question as the system under test would without the documents it is given (ids); None: only words can be searched.
    """

    severity: float
    rng: Draws
    example: Example
    corpus: Corpus
    models: Models = NO_MODELS
    replicate: int = 0
    search: Callable[[tuple[str, ...]], Flow[tuple[Passage, ...]]] | None = None


class Edit(NamedTuple, Generic[V]):
    """What an operator made of its input.

    ``edits`` counts elementary edits; ``note`` says why the status is not ``applied``; ``planted`` is the false value
    that a ``contested`` operator put in; ``added`` and ``removed`` are document ids. ``source`` says who
    wrote the value: a rule, the data (a stored variant), or a model; ``similarity`` is its cosine to what it was made
    of, where the operator has asked for it, and ``origin`` the model that wrote it. ``below_gate`` marks the best of
    several tries none of which was similar enough. ``probe`` asks for the system's prompt without documents, where it
    has one.
    """

    value: V
    status: EditStatus = "applied"
    edits: int = 0
    note: str = ""
    planted: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    source: Source = "rule"
    similarity: float | None = None
    origin: Origin | None = None
    below_gate: bool = False
    probe: bool = False


def refused(value: V, status: EditStatus, note: str) -> Edit[V]:
    """Return the edit that leaves ``value`` as it is because of ``note``."""
    return Edit(value=value, status=status, note=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusEdit:
    """A change of what is indexed: ids to ``hide``, documents to ``add``. The value that ``corpus`` operators edit.

    An added document whose id the corpus has stands in place of that document; a hidden id that is left out of ``hide``
    again is restored.
    """

    hide: tuple[str, ...] = ()
    add: tuple[Doc, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """What else stands in the message that asks: a block ``before`` the question, a sentence ``after`` all of it.

    The value that ``framing`` operators edit. Retrieval goes by the bare question; whoever answers reads all of it.
    """

    before: str = ""
    after: str = ""

    def around(self, text: str) -> str:
        """Return ``text`` between the two, with a blank line in between."""
        return "\n\n".join(part for part in (self.before, text, self.after) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The conversation around a question: the value that ``history`` operators edit.

    ``before`` are earlier messages, (role, content) with the roles user and assistant in turn; ``after`` what the user
    says once the question has been answered, each time after the system's own reply; the last reply counts.
    """

    before: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()
