"""From a path to a Dataset, whatever the format; and what is done with datasets before they are used."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from robustcore.corpus.formats import beir, csv, jsonl, markdown, squad
from robustcore.corpus.formats.detect import resolve_format
from robustcore.corpus.formats.faults import Faults, raise_faults
from robustcore.corpus.records import Corpus, Dataset, Doc, Example
from robustcore.corpus.select import keep_tags, merge, sample

__all__ = ["keep_tags", "load_dataset", "merge", "sample"]


def load_dataset(
    source: Path,
    *,
    questions: Path | None = None,
    calibration: Path | None = None,
    format: str = "auto",  # noqa: A002 # the word people write in YAML
) -> Dataset:
    """Return the dataset at ``source``, named after the file or folder; documents and questions in file order.

    ``source`` is a folder with docs.jsonl, questions.jsonl and, if there, calibration.jsonl; a BEIR folder (questions
    are the judged queries of ``test`` or of the only split; ``format="beir:dev"`` chooses another); a folder of
    Markdown or text files; a SQuAD 2.0 JSON file; a JSONL file of closed questions, without documents; a JSONL or CSV
    file of documents. ``questions`` and ``calibration`` name JSONL or CSV files that take the place of the source's
    own; documents in Markdown, JSONL or CSV need ``questions`` (a Markdown folder may hold questions.jsonl).

    Raises `InputError` with the problems of all files, each with file, line and (JSON) column.
    """
    return _Loading(source, format).run(questions, calibration)


class _Loading:
    """One load: the format, and the faults of each file in the order they were opened."""

    def __init__(self, source: Path, given: str) -> None:
        self._source = source
        self._format, self._split = resolve_format(source, given)
        self._found: list[Faults] = []

    def run(self, questions: Path | None, calibration: Path | None) -> Dataset:
        docs, examples = self._corpus(own_questions=questions is None)
        # ids are not checked against documents that could not all be read: that would report the same fault twice
        known = None if any(self._found[:1]) else {doc.id: doc for doc in docs}
        if questions is None and self._format == "beir":
            examples = self._judge(examples, known)
        elif questions is not None or self._format not in ("squad", "closed"):
            examples = self._questions(questions or self._beside("questions.jsonl", needed=True), known)
        tuning = self._questions(calibration or self._beside("calibration.jsonl"), known)
        self._check_overlap(examples, tuning)
        raise_faults(self._found)
        name = self._source.resolve().stem if self._source.is_file() else self._source.resolve().name
        return Dataset(name=name, corpus=Corpus.of(docs), examples=examples, calibration=tuning)

    def _corpus(self, *, own_questions: bool) -> tuple[tuple[Doc, ...], tuple[Example, ...]]:
        """Return the documents, and the questions where one file or folder holds both."""
        source = self._source
        match self._format:
            case "squad":
                return squad.read(source, self._faults(source))
            case "beir":
                docs = beir.read_docs(source / "corpus.jsonl", self._faults(source / "corpus.jsonl"))
                queries = source / "queries.jsonl"
                return docs, beir.read_queries(queries, self._faults(queries)) if own_questions else ()
            case "markdown":
                return markdown.read_docs(source, self._faults(source)), ()
            case "csv":
                return csv.read_docs(source, self._faults(source)), ()
            case "closed":
                return (), jsonl.read_questions(source, self._faults(source), None) if own_questions else ()
            case "folder":
                source = source / "docs.jsonl"
        return jsonl.read_docs(source, self._faults(source)), ()

    def _questions(self, path: Path | None, known: Collection[str] | None) -> tuple[Example, ...]:
        if path is None:
            return ()
        reader = csv.read_questions if path.suffix.lower() in (".csv", ".tsv") else jsonl.read_questions
        return reader(path, self._faults(path), known)

    def _judge(self, queries: tuple[Example, ...], known: Collection[str] | None) -> tuple[Example, ...]:
        path = beir.qrels_file(self._source, self._split, self._faults(self._source))
        return () if path is None else beir.with_qrels(queries, path, self._faults(path), known)

    def _beside(self, name: str, *, needed: bool = False) -> Path | None:
        """Return a file of the source folder; where one is ``needed`` and cannot be there, add a fault."""
        if self._format == "folder" or (self._format == "markdown" and (self._source / name).exists()):
            path = self._source / name
            return path if needed or path.exists() else None
        if needed:
            fix = "name a JSONL or CSV file of questions beside it (questions: ...)"
            self._faults(self._source).add("these are documents without questions", fix=fix)
        return None

    def _check_overlap(self, examples: tuple[Example, ...], tuning: tuple[Example, ...]) -> None:
        """Calibration questions set thresholds; one that is scored as well would flatter the system."""
        faults = self._faults(self._source)
        scored = {example.id for example in examples}
        for example in tuning:
            if example.id in scored:
                faults.add(f"question {example.id!r} is a calibration question too", fix="calibrate on other questions")

    def _faults(self, path: Path) -> Faults:
        self._found.append(Faults(path))
        return self._found[-1]
