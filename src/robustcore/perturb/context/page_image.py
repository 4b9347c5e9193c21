"""A text as the picture of a printed page, and what wear, a poor scanner and compression do to it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from robustcore.errors import require

FONT: Final = "Roboto Regular"
_PURPOSE: Final = "context.ocr_render"
_SIZE, _LEADING, _MARGIN, _WIDTH = 28, 38, 36, 1240  # pixels: about 10 points at 200 dots an inch, an A4 line
_WHITE: Final = 255


def missing_letters(text: str) -> str:
    """Return the letters and digits of ``text`` that the font has no glyph for, each once."""
    font = _font()
    blank = bytes(font.getmask("\uffff"))
    return "".join(char for char in dict.fromkeys(text) if char.isalnum() and bytes(font.getmask(char)) == blank)


def page_image(text: str) -> Any:
    """Return ``text`` set in black on white, lines broken at white space: a Pillow image of 8 bits a pixel.

    Raises `MissingExtraError` without Pillow or the font (extra ``ocr``).
    """
    image, draw = (require(f"PIL.{name}", extra="ocr", purpose=_PURPOSE) for name in ("Image", "ImageDraw"))
    font = _font()
    lines = list(_lines(text, font))
    width = max([_WIDTH, *(int(font.getlength(line)) for line in lines)]) + 2 * _MARGIN
    page = image.new("L", (width, _LEADING * len(lines) + 2 * _MARGIN), _WHITE)
    pen = draw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + _LEADING * number), line, fill=0, font=font)
    return page


def degraded(page: Any, severity: float, seed: bytes) -> Any:
    """Return the page as a bad scan: turned, coarser, blurred, noisy and compressed, each in step with ``severity``.

    At severity 1: turned by up to 1.2 degrees either way, 0.45 of the resolution, a blur of 1 pixel, a third of the
    grey from noise, JPEG quality 20. The noise follows from ``seed`` alone.
    """
    image, filters = (require(f"PIL.{name}", extra="ocr", purpose=_PURPOSE) for name in ("Image", "ImageFilter"))
    damage = severity**0.25
    width, height = page.size
    noise = hashlib.shake_256(seed).digest(width * height + 1)
    angle = 1.2 * damage * (noise[-1] / 127.5 - 1)
    scan = page.rotate(angle, resample=image.Resampling.BICUBIC, fillcolor=_WHITE)
    scale = 1 - 0.56 * damage
    coarse = scan.resize((round(width * scale), round(height * scale)), image.Resampling.BILINEAR)
    scan = coarse.resize((width, height), image.Resampling.BICUBIC).filter(filters.GaussianBlur(damage))
    scan = image.blend(scan, image.frombytes("L", (width, height), noise[:-1]), 0.33 * damage)
    file = io.BytesIO()
    scan.save(file, format="JPEG", quality=round(95 - 75 * damage))
    return image.open(file)


def _font() -> Any:
    fonts = require("PIL.ImageFont", extra="ocr", purpose=_PURPOSE)
    package = require("font_roboto", extra="ocr", purpose=_PURPOSE)
    return fonts.truetype(Path(str(package.__file__)).parent / "files" / "Roboto-Regular.ttf", _SIZE)


def _lines(text: str, font: Any) -> Iterator[str]:
    """Yield the printed lines: the words of each line of ``text``, as many as fit."""
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if line and font.getlength(longer) > _WIDTH:
                yield line
                line = word
            else:
                line = longer
        yield line
