"""Real text recognition: passages printed, scanned badly and read back by Tesseract, an outside program."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final

from robustcore.errors import MissingExtraError
from robustcore.perturb.base import Operator, Preserves, perturbation
from robustcore.perturb.context.ending import retyped
from robustcore.perturb.context.page_image import FONT, degraded, missing_letters, page_image
from robustcore.perturb.edit import At, Edit, Passages, refused

HINT: Final = "not run: needs Tesseract, which is not installed (apt-get install tesseract-ocr; brew install tesseract)"
_READERS: Final = 4  # programs at once
_SECONDS: Final = 120  # for one page; a page takes about a second


class _ReadingError(Exception):
    """Tesseract refused a page; the message is its own."""


@perturbation("context.ocr_render", preserves=Preserves.MEANING, main="language", gated=True)
def ocr_render(context: Passages, at: At, *, language: str = "eng") -> Edit[Passages]:
    """Print every passage, scan it badly in step with ``severity``, and read it back with Tesseract (our own recipe).

    The scan is turned, coarse, blurred, noisy and compressed (`page_image.degraded`); ``language`` names the data that
    Tesseract reads with. White space becomes single spaces and titles stay. ``edits`` is the edit distance, and the
    ``note`` states the character error rate that came out and the reader's version: with Tesseract 5.3 over 17
    documents of the bundled corpora 0.002 at severity 0.25, 0.005 at 0.5, 0.016 at 0.75 and 0.038 at 1. Nothing is
    protected here, so cases need a validity verdict. The same versions of Tesseract and Pillow give the same text.

    ``noop`` if everything was read rightly; ``invalid_case`` if no passage of the evidence states the answer after
    reading; ``not_applicable`` without Tesseract or the extra ``ocr``, or where the font lacks letters of the text.
    """
    from rapidfuzz.distance import Levenshtein

    program = shutil.which("tesseract")
    if program is None:
        return refused(context, "not_applicable", HINT)
    texts = [" ".join(passage.text.split()) for passage in context]
    seeds = [at.rng.word().to_bytes(4, "big") for _ in texts]
    try:
        strange = missing_letters("".join(texts))
        if strange:
            note = f"{FONT} has no letters {strange[:8]!r}: this text cannot be printed"
            return refused(context, "not_applicable", note)
        read = _read_all(program, texts, at.severity, seeds, language)
    except MissingExtraError as missing:
        return refused(context, "not_applicable", f"not run: {missing}")
    except _ReadingError as why:
        return refused(context, "not_applicable", f"not run: Tesseract: {why}")
    distances = [Levenshtein.distance(before, after) for before, after in zip(texts, read, strict=True)]
    if not any(distances):
        return refused(context, "noop", "every character was read rightly")
    total = sum(map(len, texts))
    rate = f"character error rate {sum(distances) / total:.4f} ({sum(distances)} of {total} characters)"
    kept = [new if wrong else old.text for old, new, wrong in zip(context, read, distances, strict=True)]
    return retyped(context, kept, at, edits=sum(distances), note=f"{rate}, read by {_version(program)}")


OPERATORS: tuple[Operator, ...] = (ocr_render,)


def _read_all(program: str, texts: Sequence[str], severity: float, seeds: Sequence[bytes], language: str) -> list[str]:
    """Return each text as it is read back; a blank one is not printed."""

    def read(text: str, seed: bytes) -> str:
        return _read(program, text, severity, seed, language) if text else text

    with ThreadPoolExecutor(_READERS) as readers:  # the work is done in other processes, and in Pillow's C code
        return list(readers.map(read, texts, seeds))


def _read(program: str, text: str, severity: float, seed: bytes, language: str) -> str:
    file = io.BytesIO()
    degraded(page_image(text), severity, seed).save(file, format="PNG")
    command = [program, "stdin", "stdout", "--psm", "6", "--dpi", "200", "-l", language]  # 6: one block of text
    alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}  # several run at once: with threads of their own, twice the work
    done = subprocess.run(command, input=file.getvalue(), capture_output=True, check=False, timeout=_SECONDS, env=alone)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _ReadingError(said[0] if said else f"exit status {done.returncode}")
    return " ".join(done.stdout.decode(errors="replace").split())


@lru_cache(maxsize=4)  # one short start of the program tells, and it does not change under a run
def _version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=_SECONDS)
    said = (done.stdout or done.stderr).decode(errors="replace").splitlines()
    return said[0].strip() if said else "an unknown version of tesseract"
