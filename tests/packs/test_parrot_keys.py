"""The gold answers of PARROT items that can be computed, computed here from the question and not from the item."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from itertools import permutations, product
from pathlib import Path
from statistics import NormalDist, fmean

import pytest

Perm = tuple[int, ...]
FILE = Path(__file__).parents[2] / "fixtures" / "packs" / "parrot" / "items.jsonl"
GOLD = {
    row["id"].removeprefix("parrot-"): row["options"][row["gold"]]
    for row in map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
}


def then(first: Perm, second: Perm) -> Perm:
    return tuple(second[i] for i in first)


def inverse(perm: Perm) -> Perm:
    return tuple(perm.index(i) for i in range(len(perm)))


def order(perm: Perm) -> int:
    power, steps = perm, 1
    while power != tuple(range(len(perm))):
        power, steps = then(power, perm), steps + 1
    return steps


def is_even(perm: Perm) -> bool:
    return sum(perm[i] > perm[j] for j in range(len(perm)) for i in range(j)) % 2 == 0


def dihedral(n: int) -> list[Perm]:
    return [tuple((sign * i + turn) % n for i in range(n)) for sign in (1, -1) for turn in range(n)]


def centre(group: list[Perm]) -> int:
    return sum(all(then(g, h) == then(h, g) for h in group) for g in group)


def classes(group: list[Perm]) -> int:
    return len({frozenset(then(then(inverse(h), g), h) for h in group) for g in group})


def partitions(n: int, largest: int) -> int:
    return 1 if n == 0 else sum(partitions(n - part, part) for part in range(1, min(n, largest) + 1))


def coprime(n: int) -> list[int]:
    return [a for a in range(n) if math.gcd(a, n) == 1]


def is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, n))


def one_of(values: list[int], holds: Callable[[int], bool]) -> str:
    (value,) = filter(holds, values)
    return str(value)


def cubic_without_roots() -> str:
    shapes = {"x^2 + 1": (1, 0, 1), "x^3 + 1": (1, 0, 0, 1), "x^3 + x^2 + 1": (1, 0, 1, 1)}
    shapes["x^3 + x^2 + x + 1"] = (1, 1, 1, 1)
    (name,) = (n for n, c in shapes.items() if all(sum(a * x**i for i, a in enumerate(c)) % 2 for x in (0, 1)))
    return name


def simpson(f: Callable[[float], float], low: float, high: float, steps: int = 1000) -> float:
    h = (high - low) / steps
    inner = sum((4 if i % 2 else 2) * f(low + i * h) for i in range(1, steps))
    return (f(low) + inner + f(high)) * h / 3


def close(value: float, text: str, expected: float) -> str:
    """Return ``text`` if ``value`` is what it stands for."""
    assert value == pytest.approx(expected, abs=1e-3)
    return text


def slope(f: Callable[[float], float], x: float) -> float:
    return (f(x + 1e-5) - f(x - 1e-5)) / 2e-5


def around_ellipse(t: float) -> float:
    x, y, dx, dy = 3 * math.cos(t), 2 * math.sin(t), -3 * math.sin(t), 2 * math.cos(t)
    return -y * dx + x * dy


def share_with_a_six() -> Fraction:
    high = [dice for dice in product(range(1, 7), repeat=2) if sum(dice) >= 10]
    return Fraction(sum(6 in dice for dice in high), len(high))


def rolls_for_all_faces(n: int) -> float:
    """Return the expected rolls of an ``n``-sided die until all faces have come up."""
    return n * sum(1 / k for k in range(1, n + 1))


def solution(low: int, high: int, holds: Callable[[int], bool]) -> str:
    return one_of(list(range(low, high)), holds)


S5 = list(permutations(range(5)))
A4 = [p for p in permutations(range(4)) if is_even(p)]

COMPUTED: dict[str, Callable[[], str]] = {
    "abstract_algebra-01": lambda: str(24 // len({18 * k % 24 for k in range(24)})),
    "abstract_algebra-02": lambda: str(len({4 * k % 10 for k in range(10)})),
    "abstract_algebra-03": lambda: one_of([9, 11, 15, 21], lambda n: len(coprime(n)) == n - 1),
    "abstract_algebra-04": lambda: str(sum(12 * image % 18 == 0 for image in range(18))),
    "abstract_algebra-05": lambda: solution(1, 100, lambda e: all(Fraction(a * e, 3) == a for a in range(1, 9))),
    "abstract_algebra-06": lambda: str(centre(dihedral(8))),
    "abstract_algebra-07": lambda: f"{next(n for n in range(1, 99) if n % 6 == n % 4 == 0)}Z",
    "abstract_algebra-08": lambda: "(1 2 5 3)" if inverse((2, 0, 4, 3, 1)) == (1, 4, 0, 3, 2) else "",
    "abstract_algebra-09": lambda: str(partitions(3, 3) * partitions(2, 2)),
    "abstract_algebra-11": lambda: str(order((1, 2, 0, 4, 5, 6, 3, 8, 7))),
    "abstract_algebra-12": lambda: str(sum(map(is_even, S5))),
    "abstract_algebra-13": lambda: str(len(coprime(20))),
    "abstract_algebra-14": lambda: one_of(
        [2, 5, 7, 13], lambda p: all(a * a + b * b != p for a in range(p) for b in range(p))
    ),
    "abstract_algebra-15": lambda: str(sum(e * e % 12 == e for e in range(12))),
    "abstract_algebra-16": lambda: str(len(coprime(14))),
    "abstract_algebra-17": lambda: str(sum(order(p) == 3 for p in A4)),
    "abstract_algebra-19": lambda: str(classes(S5)),
    "abstract_algebra-20": cubic_without_roots,
    "college_mathematics-01": lambda: str(3 * 5 - 2 * 4),
    "college_mathematics-02": lambda: str(round(simpson(lambda x: 3 * x * x + 2 * x, 0, 1), 9)).removesuffix(".0"),
    "college_mathematics-03": lambda: close(simpson(around_ellipse, 0, 2 * math.pi), "12 pi", 12 * math.pi),
    "college_mathematics-04": lambda: close((1 + 1e-7) ** 1e7, "e", math.e),  # a(n)/a(n + 1) = (1 + 1/n)^n
    "college_mathematics-05": lambda: str(sum(len(set(f)) == 3 for f in product(range(3), repeat=4))),
    "college_mathematics-06": lambda: str(sum(x * x % 24 == 1 for x in range(24))),
    "college_mathematics-07": lambda: close(sum(n / 3**n for n in range(1, 60)), "3/4", 3 / 4),
    "college_mathematics-08": lambda: str(1 / (1 - Fraction(2, 5))),
    "college_mathematics-09": lambda: str(sum(i <= j for i in range(3) for j in range(3))),
    "college_mathematics-10": lambda: str((2 * 1 * 2, 1**2, 1)),
    "college_mathematics-11": lambda: close(
        slope(lambda x: 3 * math.exp(x * x), 0.7), "3 exp(x^2)", 1.4 * 3 * math.exp(0.49)
    ),
    "college_mathematics-12": lambda: f"{rolls_for_all_faces(6):.1f}",
    "college_mathematics-13": lambda: close(simpson(lambda x: x * math.sin(x), 0, math.pi), "pi", math.pi),
    "college_mathematics-14": lambda: str(7**100 % 8),
    "college_mathematics-15": lambda: "x^2 - 4x" if sum(1 * 1 for _ in range(4)) == 4 * 1 else "",
    "college_mathematics-17": lambda: str(Fraction(1, math.factorial(2))),
    "college_mathematics-18": lambda: " and ".join(str(v) for v in range(9) if (2 - v) ** 2 == 1),
    "college_mathematics-19": lambda: close(math.sin(5e-6) / 2e-6, "5/2", 5 / 2),
    "college_mathematics-20": lambda: close(slope(lambda x: x * x * math.exp(x), 1), "3e", 3 * math.e),
    "college_medicine-07": lambda: str(140 - 100 - 16),
    "college_medicine-08": lambda: f"{Fraction(9 * 10, 9 * 10 + 90 * 1) * 100}%",
    "college_medicine-09": lambda: f"{250 / (200 - 150)} l/min",
    "college_medicine-13": lambda: str(Fraction(sum(a != b for a, b in product("Aa", repeat=2)), 3)),
    "college_medicine-16": lambda: f"{round(0.21 * (760 - 47) - 40 / 0.8):.0f} mmHg",
    "college_medicine-18": lambda: str(Fraction(1, 2) ** (24 // 6)),
    "elementary_mathematics-01": lambda: str(sum(n % 3 == 0 or n % 5 == 0 for n in range(1, 101))),
    "elementary_mathematics-02": lambda: f"{fmean([8, 12, 15, 21]):g}",
    "elementary_mathematics-03": lambda: solution(1, 1000, lambda n: 30 * n == 45 * 100),
    "elementary_mathematics-04": lambda: f"{2 * (9 + 4)} cm",
    "elementary_mathematics-05": lambda: str(range(5, 99, 6)[4]),
    "elementary_mathematics-06": lambda: f"{(180 + 420) // 20} seconds",
    "elementary_mathematics-07": lambda: f"{350 * 2 // 5} g",
    "elementary_mathematics-08": lambda: f"{7 * 7.5 / 3:.2f}",
    "elementary_mathematics-09": lambda: one_of([51, 53, 57, 91], is_prime),
    "elementary_mathematics-10": lambda: str(math.lcm(12, 18)),
    "elementary_mathematics-11": lambda: f"{50 * 80 // 100 * 120 // 100}",
    "elementary_mathematics-12": lambda: str(15 * 12 - 80),
    "elementary_mathematics-13": lambda: f"{(6 * 60 + 45 + 95) // 60}:{(6 * 60 + 45 + 95) % 60}",
    "elementary_mathematics-14": lambda: f"{1 / (Fraction(1, 6) + Fraction(1, 3))} hours",
    "elementary_mathematics-15": lambda: str(64 * 3 // 4),
    "elementary_mathematics-16": lambda: solution(1, 1000, lambda n: n % 10 == 0 and n // 10 * (7 - 3) == 28),
    "elementary_mathematics-17": lambda: str(Fraction(2, 3) + Fraction(1, 4)),
    "elementary_mathematics-18": lambda: f"{round(7486, -2):,}",
    "elementary_mathematics-19": lambda: f"{abs(4.5 * 30 - 30 * 6):g} degrees",
    "elementary_mathematics-20": lambda: str(Fraction("0.6")),
    "high_school_mathematics-01": lambda: close(math.sqrt(72), "6 sqrt(2)", 6 * math.sqrt(2)),
    "high_school_mathematics-02": lambda: " and ".join(str(x) for x in range(-9, 10) if x * x - 5 * x + 6 == 0),
    "high_school_mathematics-03": lambda: f"{(6 - 2) * 180} degrees",
    "high_school_mathematics-04": lambda: str((-1) ** 10 + 3 * -1 - 1),
    "high_school_mathematics-05": lambda: str(math.isqrt(12 + 3**2 + 2**2)),
    "high_school_mathematics-06": lambda: f"{sum(len(set(str(n))) == 4 for n in range(1000, 10_000, 2)):,}",
    "high_school_mathematics-07": lambda: f"{800 * 2 ** (12 // 3):,}",
    "high_school_mathematics-08": lambda: str(len(set(permutations("LEVEL")))),
    "high_school_mathematics-09": lambda: str(Fraction(9 - 1, 6 - 2)),
    "high_school_mathematics-10": lambda: close(math.sin(math.radians(150)), "1/2", 1 / 2),
    "high_school_mathematics-11": lambda: f"{math.hypot(9, 12):g}",
    "high_school_mathematics-12": lambda: str(math.comb(5, 3) * 2**3 * (-1) ** 2),
    "high_school_mathematics-13": lambda: (
        "(5x + 3)/2" if all((5 * (2 * x - 3) / 5 + 3) / 2 == x for x in range(9)) else ""
    ),
    "high_school_mathematics-14": lambda: str(min((2 * x * x - 8 * x + 3, x) for x in range(-9, 10))[::-1]),
    "high_school_mathematics-15": lambda: str((32).bit_length() - 1),
    "high_school_mathematics-16": lambda: str(share_with_a_six()),
    "high_school_mathematics-17": lambda: f"{reduce(lambda z, _: z * (1 + 1j), range(8), 1 + 0j).real:g}",
    "high_school_mathematics-18": lambda: str(sum(range(1, 40, 2))),
    "high_school_mathematics-19": lambda: solution(7, 100, lambda x: x * (x - 6) == 27),
    "high_school_mathematics-20": lambda: solution(-99, 99, lambda x: 3 * x - 7 == 20),
    "professional_psychology-02": lambda: f"The {100 * NormalDist(100, 15).cdf(115):.0f}th",
    "professional_psychology-11": lambda: f"{15 * math.sqrt(1 - 0.84):.1f}",
}


@pytest.mark.parametrize("name", COMPUTED)
def test_the_gold_answer_is_what_the_question_computes_to(name: str) -> None:
    assert COMPUTED[name]() == GOLD[name]
