from __future__ import annotations

from collections.abc import Iterator

import pytest

from robustcore.endpoints.local.batching import (
    FORGET_AFTER,
    GROW_AFTER,
    OutOfMemory,
    TokenBudget,
    in_batches,
    out_of_memory,
    padded_tokens,
)


def done(rows: list[int], budget: TokenBudget, memory: int) -> tuple[dict[int, object], list[int], list[list[int]]]:
    """Do ``rows``, numbers that are their own sizes; return results, how often each was done, and the batches."""
    order: list[int] = []
    batches: list[list[int]] = []

    def work(batch: list[int]) -> Iterator[tuple[int, str]]:
        batches.append(batch)
        for at, row in enumerate(batch):
            if len(batch) * max(batch) > memory and at == len(batch) // 2:
                raise MemoryError("full")
            order.append(row)
            yield row, f"did {row}"

    found = dict(in_batches(rows, size=lambda row: (row,), budget=budget, work=work))
    return dict(found), order, batches


def test_a_batch_holds_rows_while_their_padding_fits() -> None:
    budget = TokenBudget(100)
    assert budget.take([(30,), (20,), (20,), (20,)]) == 3
    assert budget.take([(10, 10), (5, 40), (10, 1)]) == 2  # each part is padded for itself
    assert budget.take([(500,), (1,)]) == 1
    assert TokenBudget(10_000, rows=4).take([(1,)] * 9) == 4
    assert padded_tokens([(10, 10), (5, 40)]) == 100
    assert padded_tokens([(7, 3)]) == 10


def test_a_batch_ends_where_it_would_be_padding_mostly() -> None:
    assert TokenBudget(1_000_000).take([(100,)] * 20 + [(1,)] * 100) < 70


def test_out_of_memory_halves_the_batch_and_keeps_what_is_finished() -> None:
    budget = TokenBudget(800)
    rows = list(range(100, 60, -1))
    found, order, batches = done(rows, budget, memory=300)
    assert found == {row: f"did {row}" for row in rows}
    assert sorted(order) == sorted(rows)  # none was done twice
    sizes = [len(batch) for batch in batches]
    assert sizes[0] == 8
    assert max(sizes[2:]) <= 3
    assert budget.tokens <= 300


def test_what_fits_is_remembered_for_the_next_rows() -> None:
    budget = TokenBudget(800)
    done([*range(80, 100)], budget, memory=300)
    _, _, batches = done([*range(80, 100)], budget, memory=300)
    assert max(map(len, batches)) <= 3


def test_a_row_that_never_fits_is_the_only_one_lost() -> None:
    found, order, _ = done([40, 50, 1000], TokenBudget(5000), memory=300)
    assert found == {1000: OutOfMemory(message="full"), 50: "did 50", 40: "did 40"}
    assert sorted(order) == [40, 50]


def test_the_budget_grows_again_but_not_to_what_failed_until_that_is_long_ago() -> None:
    budget = TokenBudget(1000)
    budget.failed(1000)
    assert budget.tokens == 500
    for _ in range(GROW_AFTER - 1):
        budget.fitted(500)
    assert budget.tokens == 500
    for _ in range(FORGET_AFTER - GROW_AFTER):
        budget.fitted(budget.tokens)
    assert 500 < budget.tokens <= 900
    for _ in range(GROW_AFTER + 1):
        budget.fitted(budget.tokens)
    assert budget.tokens > 900


def test_small_batches_say_nothing_about_larger_ones() -> None:
    budget = TokenBudget(1000)
    for _ in range(10 * GROW_AFTER):
        budget.fitted(10)
    assert budget.tokens == 1000


def test_another_error_is_not_hidden() -> None:
    def work(batch: list[int]) -> Iterator[tuple[int, int]]:
        yield batch[0], 1
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        list(in_batches([1, 2], size=lambda row: (row,), budget=TokenBudget(100), work=work))


def test_every_way_memory_runs_out_is_known() -> None:
    torch = pytest.importorskip("torch")
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"))
    assert not out_of_memory(ValueError("out of memory"))
