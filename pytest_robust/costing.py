"""What a plan will cost: exact calls of the first round and a bound for later ones, times tokens, times the price."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from robustcore.calls.types import Call, Endpoint

CHARS_PER_TOKEN = 3  # on the safe side for English under today's tokenizers
OUTPUT_UNSAID = 256  # tokens of a reply whose call sets no bound


@dataclass(frozen=True, slots=True)
class Ahead:
    """Calls that may follow the first round: at most ``calls`` of them, each of about ``tokens`` (input, output)."""

    name: str
    calls: int = 0
    tokens: tuple[int, int] | None = None


def cost_lines(fresh: Sequence[Call], ahead: Sequence[Ahead], endpoints: Mapping[str, Endpoint]) -> Iterator[str]:
    """Yield what the calls of a plan cost, one line per endpoint that may cost something.

    ``fresh`` are the calls of the first round that the ledger does not answer. An endpoint with a method ``cost_of``
    is one that is paid by tokens.
    """
    bounds = {one.name: one for one in ahead}
    names = sorted({call.endpoint for call in fresh} | set(bounds))
    lines = []
    for name in names:
        exact = [call for call in fresh if call.endpoint == name]
        line = _line(name, endpoints[name], exact, bounds.get(name))
        if line:
            lines.append(line)
    yield (
        "cost:" if lines else "cost: no endpoint of this plan costs anything that is known; what a callable does is not"
    )
    yield from lines


def _line(name: str, endpoint: Endpoint, exact: Sequence[Call], ahead: Ahead | None) -> str:
    cost_of = getattr(endpoint, "cost_of", None)
    if cost_of is None:
        return f"  {name}: unknown, it tells no price" if endpoint.live else ""
    used = [_tokens(call) for call in exact]
    later = ahead.calls if ahead else 0
    each = (ahead.tokens if ahead else None) or (0, 0)
    total = (sum(one[0] for one in used) + later * each[0], sum(one[1] for one in used) + later * each[1])
    words = f"at most {len(exact) + later} calls" if later else f"{len(exact)} calls"
    cost = cost_of(total)
    price = "cost unknown (give price: INPUT/OUTPUT per million tokens)" if cost is None else f"cost about {cost:.4f}"
    return f"  {name}: {words}, about {total[0]:,} input and at most {total[1]:,} output tokens, {price}"


def _tokens(call: Call) -> tuple[int, int]:
    output = (call.settings or {}).get("max_tokens", OUTPUT_UNSAID)
    return call.length // CHARS_PER_TOKEN, int(output)
