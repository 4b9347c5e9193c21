"""A small corpus, its questions and one encoder for every test of the embedded system."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import pytest

from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.endpoints.local.encoder import Encoder
from robustcore.systems.embedded.rag import EmbeddedRag

# Skips every module that imports this one, where the extra is not installed. Looked for, not imported: a test here
# shows that building the system loads nothing heavy.
if find_spec("sentence_transformers") is None:
    pytest.skip("needs the extra 'local'", allow_module_level=True)

DOCS = (
    Doc(
        id="bridge",
        title="Harrow Bridge",
        text="The Harrow Bridge crosses the river Lune near Aldmoor. It was opened on 12 May 1887 by Lady Agnes Pell. "
        "The bridge is 340 metres long and carries two railway tracks. Repairs in 1954 cost $2.4 million.",
    ),
    Doc(
        id="museum",
        title="Aldmoor Museum",
        text="The Aldmoor Museum keeps about 9,000 fossils. Its director is Dr. Tomas Veld, a geologist from Bergen. "
        "Entry is free on Sundays because the town council pays for the guards.",
    ),
    Doc(
        id="leave",
        title="Leave policy",
        text="Every employee has 28 days of paid leave a year. Requests must be sent to the personnel office four "
        "weeks ahead. Unused days expire in March. A doctor's note is needed after three days of illness.",
    ),
    Doc(
        id="pump",
        title="Pump manual",
        text="The P-40 pump must not run dry. Fill the tank with distilled water before the first start. The filter "
        "is changed every 500 hours. A red lamp shows that the pressure has fallen below 2 bar.",
    ),
    Doc(
        id="bakery",
        title="Bakery",
        text="Olmo's bakery sells rye bread, plum cake and salted rolls. About 35% of its flour comes from Denmark. "
        "The oven was built in Lyon. On market days the shop opens at five in the morning.",
    ),
)
QUESTIONS = {
    "When was the Harrow Bridge opened?": "12 May 1887",
    "How long is the Harrow Bridge?": "340 metres",
    "Who is the director of the Aldmoor Museum?": "Tomas Veld",
    "How many days of paid leave does an employee have?": "28",
    "How often is the filter of the pump changed?": "500 hours",
    "Where was the oven of the bakery built?": "Lyon",
    "What percentage of the flour comes from Denmark?": "35%",
    "How much did the repairs of the bridge cost?": "$2.4 million",
}


@cache
def encoder() -> Encoder:
    """Return the packaged model in fp32 with one thread: its results do not depend on the machine's load."""
    return Encoder(dtype="fp32", device="cpu", threads=1)


@cache
def rag() -> EmbeddedRag:
    """Return the system over `DOCS`, indexed once for the whole test session."""
    return EmbeddedRag(Corpus.of(DOCS), encoder=encoder(), k=3, refuse_below=0.7)


def dataset() -> Dataset:
    """Return the corpus with its questions as examples."""
    examples = tuple(
        Example(id=f"q{number}", question=question, answers=(answer,))
        for number, (question, answer) in enumerate(QUESTIONS.items())
    )
    return Dataset(name="small", corpus=Corpus.of(DOCS), examples=examples)
