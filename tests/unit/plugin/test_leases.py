"""Single-flight over the processes of a run, as a table."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.leases import Leases


def test_a_name_is_first_once() -> None:
    leases = Leases()
    assert leases.first(["a", "b", "a"]) == [0, 1]
    assert leases.first(["b", "c"]) == [1]


def test_a_key_is_leased_to_one_and_the_others_are_told() -> None:
    leases = Leases()
    assert leases.claim("gw0", ["k", "l"]).mine == [0, 1]
    waiting = leases.claim("gw1", ["k", "m"])
    assert (waiting.mine, waiting.done, waiting.failed) == ([1], [], {})
    notices = leases.settle(["k"], {"l": ["infra_error", "down", ""]})
    assert set(notices) == {"gw1"}
    assert notices["gw1"].done == ["k"]
    later = leases.claim("gw2", ["l", "k"])
    assert (later.done, later.failed) == ([1], {0: ["infra_error", "down", ""]})


def test_who_asks_again_for_its_own_lease_keeps_it() -> None:
    leases = Leases()
    leases.claim("gw0", ["k"])
    assert leases.claim("gw0", ["k"]).mine == [0]
    assert leases.settle(["k"], {}) == {}


def test_what_a_crashed_process_had_is_free_and_goes_to_one_of_those_who_waited() -> None:
    leases = Leases()
    leases.claim("gw0", ["k"])
    leases.claim("gw1", ["k"])
    leases.claim("gw2", ["k"])
    notices = leases.drop("gw0")
    assert {who: notice.free for who, notice in notices.items()} == {"gw1": ["k"], "gw2": ["k"]}
    assert leases.claim("gw2", ["k"]).mine == [0]
    assert leases.claim("gw1", ["k"]).mine == []
    assert leases.settle(["k"], {})["gw1"].done == ["k"]


def test_a_crashed_process_is_told_nothing() -> None:
    leases = Leases()
    leases.claim("gw0", ["k"])
    leases.claim("gw1", ["k"])
    leases.drop("gw1")
    assert leases.settle(["k"], {}) == {}


def test_what_is_leased_to_the_desk_is_told_to_all_who_asked() -> None:
    leases = Leases()
    assert leases.claim("gw0", ["k"], owner="desk").mine == [0]
    assert leases.claim("gw1", ["k"], owner="desk").mine == []
    assert set(leases.settle(["k"], {})) == {"gw0", "gw1"}


STEP = st.tuples(st.sampled_from(["gw0", "gw1", "gw2"]), st.lists(st.integers(0, 8), max_size=6))


@given(st.lists(STEP, max_size=20), st.randoms(use_true_random=False))
def test_each_key_is_sent_once_whatever_the_order(steps: list[tuple[str, list[int]]], random: Random) -> None:
    leases = Leases()
    sent: list[str] = []
    held: dict[str, list[str]] = {"gw0": [], "gw1": [], "gw2": []}
    waits = {(who, str(key)): 0 for who, keys in steps for key in keys}
    told: set[tuple[str, str]] = set()

    def settle(who: str) -> None:
        done, held[who] = held[who], []
        for other, notice in leases.settle(done, {}).items():
            told.update((other, key) for key in notice.done)

    for who, numbers in steps:
        keys = [str(number) for number in dict.fromkeys(numbers)]
        claim = leases.claim(who, keys)
        sent += [keys[at] for at in claim.mine if keys[at] not in held[who]]
        held[who] += [keys[at] for at in claim.mine if keys[at] not in held[who]]
        told.update((who, keys[at]) for at in (*claim.mine, *claim.done))
        if random.random() < 0.4:
            settle(who)
    for who in held:
        settle(who)
    assert len(sent) == len(set(sent))
    assert told == set(waits)
