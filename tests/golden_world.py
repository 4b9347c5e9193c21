"""A small corpus in three languages, questions on it, and the passages that each of them is read with."""

from __future__ import annotations

from robustcore.corpus.records import Corpus, Doc, Example, Passage

CORPUS = Corpus.of(
    [
        Doc(
            id="line",
            title="Skarvold Line",
            text="The line runs fourteen ships between Hellvik and Storøy. In 2023 an average of 72 guests travelled "
            "per crossing. The harbour master, a careful man, kept the count and was never wrong.",
            tags=("sea",),
        ),
        Doc(
            id="log",
            title="Log",
            text="One in ten crossings was late. It carried 72 guests all the same.",
            tags=("sea",),
        ),
        Doc(id="pier", title="Piers", text="A pier at Storøy was hit by a vessel in thick fog.", tags=("sea",)),
        Doc(id="port", title="Ports", text="The port of Hellvik opened in spring; it is never closed.", tags=("sea",)),
        Doc(
            id="fleet",
            title="Painters",
            text='Ida Brekke painted "The Yellow Fleet" in 1967. It hangs in the museum of Hellvik, and was not sold.',
            tags=("art",),
        ),
        Doc(id="frame", title="Frames", text="A gilded frame may outlast the picture it was made for.", tags=("art",)),
        Doc(
            id="école",
            title="École",
            text="L'élève passait l'été à Besançon, près du Doubs. L'école comptait alors 40 élèves.",
            tags=("fr",),
        ),
        Doc(id="город", title="Город", text="Столицей края стал Лесногорск. Река там холодная.", tags=("ru",)),
        Doc(id="bees", title="Bees", text="Bees dance to show where the flowers are.", tags=("garden",)),
        Doc(id="figs", title="Figs", text="A fig tree needs a wasp, and a warm wall.", tags=("garden",)),
    ]
)

EXAMPLES = (
    Example(
        id="guests",
        question="How many guests travelled per crossing of the Skarvold Line in 2023?",
        answers=("72 guests", "72"),
        gold_doc_ids=("line",),
        wrong_answers=("81 guests",),
    ),
    Example(id="painter", question='Who painted "The Yellow Fleet"?', answers=("Ida Brekke",), gold_doc_ids=("fleet",)),
    Example(
        id="élèves",
        question="Combien d'élèves l'école comptait-elle?",
        answers=("40 élèves", "40"),
        gold_doc_ids=("école",),
    ),
    Example(
        id="столица",
        question="Какой город стал столицей края?",
        answers=("Лесногорск",),
        gold_doc_ids=("город",),
        wrong_answers=("Зареченск",),
    ),
    Example(id="nobody", question="Who was the first guest to cross in winter?", answerable=False),
)
_BESIDE = {
    "guests": ("port", "line", "log", "bees"),
    "painter": ("frame", "fleet", "line"),
    "élèves": ("école", "line", "figs"),
    "столица": ("pier", "figs", "город", "bees"),
    "nobody": ("line", "log", "port"),
}


def context_of(example: Example) -> tuple[Passage, ...]:
    """Return the passages that stand for what was retrieved for ``example``."""
    docs = [CORPUS.docs[doc_id] for doc_id in _BESIDE[example.id]]
    return tuple(Passage(doc_id=doc.id, text=doc.text, title=doc.title) for doc in docs)
