"""A real Ray cluster on this machine: what its actors answer, what is repeated when one is killed, what is told."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ray_world import KINDS, CountingEndpoint, ask, ran, statistics

from robustcore.calls.engine import Engine
from robustcore.calls.lanes import LocalLane
from robustcore.calls.ledger import Ledger
from robustcore.calls.replies import Replies
from robustcore.calls.types import CallError, Endpoint, Flow, Reply, Response
from robustcore.endpoints.ray import pool
from robustcore.endpoints.ray.cluster import RayCluster
from robustcore.endpoints.ray.lanes import RayLanes
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import RobustError

pytest.importorskip("ray", reason='needs pip install "pytest-robust[ray]"')
ACTORS = 2


@pytest.fixture(scope="module", autouse=True, name="cluster")
def _cluster() -> Iterator[RayCluster]:
    """Start Ray once; the lanes of each test find it running, and leave it so."""
    cluster = RayCluster(most=ACTORS)
    cluster.join()
    yield cluster
    cluster.leave()


@pytest.fixture(name="log")
def _log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture(name="engine")
def _engine() -> Iterator[Engine]:
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run(), lanes=RayLanes(most=ACTORS, kinds=KINDS))
    yield engine
    engine.close()


def run(engine: Engine, endpoint: Endpoint, *flows: Flow[list[Reply]], name: str = "count") -> list[Reply]:
    engine.add_endpoints({name: endpoint})
    results = dict(engine.run(enumerate(flows)))
    return [reply for index in range(len(flows)) for reply in results[index]]


def values(replies: list[Reply]) -> list[Any]:
    return [reply.value if isinstance(reply, Response) else reply for reply in replies]


def soon(condition: Callable[[], bool]) -> None:
    """Wait for ``condition``; a minute is an age, even where others use the machine."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def meanwhile(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def times_sent(log: Path) -> Counter[int]:
    return Counter(number for batch in ran(log) for number in batch.numbers)


def test_each_unique_call_is_sent_once_and_answered_in_its_place(engine: Engine, log: Path) -> None:
    flows = [ask(number, number // 2, number + 1) for number in range(100)]
    replies = run(engine, CountingEndpoint(str(log), batch=16), *flows)
    assert values(replies) == [2 * n for number in range(100) for n in (number, number // 2, number + 1)]
    assert set(times_sent(log).values()) == {1}
    assert os.getpid() not in {batch.pid for batch in ran(log)}
    counters = engine.counters
    assert (counters.unique, counters.sent, counters.failed, counters.under_way) == (101, 101, 0, 0)
    assert counters.spent["count"].input_tokens == sum(range(101))


def test_actors_work_side_by_side(engine: Engine, log: Path) -> None:
    def release() -> None:
        soon(lambda: len({batch.pid for batch in ran(log)}) == 2)  # another one answers while the first one hangs
        log.with_name("go").touch()

    meanwhile(release)
    replies = run(engine, CountingEndpoint(str(log), batch=16, hangs=63), ask(*range(64)))
    assert values(replies) == [2 * number for number in range(64)]


def test_one_actor_holds_several_endpoints(engine: Engine, log: Path) -> None:
    engine.add_endpoints({"other": CountingEndpoint(str(log), version="other")})
    replies = run(engine, CountingEndpoint(str(log)), ask(1, 2), ask(1, 2, endpoint="other"))
    assert values(replies) == [2, 4, 2, 4]
    assert len({batch.pid for batch in ran(log)}) <= ACTORS


def test_a_killed_actor_costs_the_batch_it_ran_and_nothing_else(engine: Engine, log: Path) -> None:
    def kill() -> None:
        soon(lambda: any(7 in batch.numbers for batch in ran(log)))
        (victim,) = (batch.pid for batch in ran(log) if 7 in batch.numbers)
        os.kill(victim, signal.SIGKILL)
        log.with_name("go").touch()

    killer = meanwhile(kill)
    replies = run(engine, CountingEndpoint(str(log), batch=16, hangs=7), ask(*range(96)))
    killer.join()
    assert values(replies) == [2 * number for number in range(96)]
    hit = next(batch.numbers for batch in ran(log) if 7 in batch.numbers)
    assert times_sent(log) == {number: 1 + (number in hit) for number in range(96)}
    assert len({batch.pid for batch in ran(log) if 7 in batch.numbers}) == 2
    assert (engine.counters.sent, engine.counters.failed) == (96, 0)
    (note,) = engine.notes
    assert f"its batch of {len(hit)} calls ran again" in note


def test_a_batch_that_ends_its_actor_each_time_is_given_up_and_the_rest_goes_on(engine: Engine, log: Path) -> None:
    replies = run(engine, CountingEndpoint(str(log), batch=8, dies=7), ask(*range(32)))
    hit = next(batch.numbers for batch in ran(log) if 7 in batch.numbers)
    for number, reply in enumerate(replies):
        if number in hit:
            assert isinstance(reply, CallError)
            assert reply.kind == "infra_error"
            assert reply.message.startswith(f"{pool.ATTEMPTS} Ray actors were lost while they ran the batch")
        else:
            assert reply == Response(value=2 * number, seconds=reply.seconds, usage=(number, 1))  # type: ignore[union-attr]
    assert times_sent(log) == {n: pool.ATTEMPTS if n in hit else 1 for n in range(32)}


def test_errors_and_odd_values_come_back_as_values(engine: Engine, log: Path) -> None:
    replies = run(engine, CountingEndpoint(str(log), refuses=1, odd=2), ask(1, 2, 3))
    assert replies[0] == CallError(kind="infra_error", message="no", exception="Refused")
    assert isinstance(replies[1], CallError)
    assert "not a JSON value" in replies[1].message
    assert isinstance(replies[2], Response)


def test_an_endpoint_that_is_another_one_there_is_not_asked(engine: Engine, log: Path) -> None:
    endpoint = CountingEndpoint(str(log))
    endpoint.fingerprint = "counting/newer"
    (reply,) = run(engine, endpoint, ask(1))
    assert isinstance(reply, CallError)
    assert reply.kind == "infra_error"
    assert "'counting/1' instead of 'counting/newer'" in reply.message
    assert ran(log) == []


def test_an_interrupt_keeps_what_was_answered_and_ends_what_runs(engine: Engine, log: Path) -> None:
    def interrupt() -> None:
        soon(lambda: any(39 in batch.numbers for batch in ran(log)) and len(ran(log)) >= 6)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    meanwhile(interrupt)
    endpoint = CountingEndpoint(str(log), batch=4, hangs=39)
    with pytest.raises(KeyboardInterrupt):
        run(engine, endpoint, *(ask(number) for number in range(40)))
    log.with_name("go").touch()
    assert values(run(engine, endpoint, *(ask(number) for number in range(40)))) == [2 * n for n in range(40)]
    again = {number: count for number, count in times_sent(log).items() if count > 1}
    assert 39 in again
    assert set(again.values()) == {2}
    assert len(again) <= 2 * ACTORS * 4  # what an actor ran, and what it may have begun before it was ended


def test_what_cannot_be_made_from_data_stays_in_this_process() -> None:
    endpoint = ScriptedEndpoint(lambda call: 1)
    assert isinstance(RayLanes()("mine", endpoint, Replies(Ledger(None)), ()), LocalLane)


def test_a_cluster_without_a_free_slot_is_told_and_not_waited_for(cluster: RayCluster, log: Path) -> None:
    taken = [cluster.actor(KINDS) for _ in range(ACTORS)]
    cluster.ray.get([actor.about.remote() for actor in taken])
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run(), lanes=RayLanes(most=ACTORS, kinds=KINDS, patience=1))
    for _ in range(2):
        with pytest.raises(RobustError, match=r"no actor could be started: .* 0 of 2 CPU slots are free"):
            run(engine, CountingEndpoint(str(log)), ask(1))
    engine.close()
    for actor in taken:
        cluster.ray.kill(actor)


def test_a_run_that_loses_its_only_slot_to_others_says_so_and_ends(cluster: RayCluster, log: Path) -> None:
    before = cluster.actor(KINDS)
    cluster.ray.get(before.about.remote())
    ledger = Ledger(None)
    lanes = RayLanes(most=1, kinds=KINDS)
    engine = Engine(ledger, ledger.start_run(), lanes=lanes)
    others: list[Any] = []

    def crowd() -> None:  # while ours runs, others wait for its slot
        soon(lambda: any(7 in batch.numbers for batch in ran(log)))
        (victim,) = (batch.pid for batch in ran(log) if 7 in batch.numbers)
        assert lanes._pool is not None
        lanes._pool._patience = 1  # now that the first one is up
        others.extend(cluster.actor(KINDS) for _ in range(2))
        time.sleep(1)  # Ray serves in order of arrival
        os.kill(victim, signal.SIGKILL)

    thread = meanwhile(crowd)
    replies = run(engine, CountingEndpoint(str(log), batch=8, hangs=7), ask(*range(24)))
    thread.join()
    engine.close()
    for actor in (before, *others):
        cluster.ray.kill(actor)
    told = [reply for reply in replies if isinstance(reply, CallError)]
    assert {reply.kind for reply in told} == {"infra_error"}
    assert all(reply.message.startswith("no Ray actor is left and no other could be started: ") for reply in told)
    assert len(told) == 8
    assert engine.counters.failed == 8
    assert "nothing more was sent to the cluster" in engine.notes[-1]


def test_this_process_and_every_actor_report_no_statistics(engine: Engine, log: Path) -> None:
    run(engine, CountingEndpoint(str(log)), ask(*range(32)))
    assert statistics() is False
    assert {batch.statistics for batch in ran(log)} == {False}
    assert {batch.environment["RAY_USAGE_STATS_ENABLED"] for batch in ran(log)} == {"0"}
