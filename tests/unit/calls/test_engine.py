"""The engine sends each unique call once, restores order, retries once, and keeps what was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger, Run
from robustcore.calls.types import Call, CallError, Flow, Packing, Reply, Response
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.errors import UnknownNameError


def ask(*payloads: str, endpoint: str = "echo", op: str = "say") -> Flow[list[Reply]]:
    return (yield [Call(endpoint=endpoint, op=op, payload=payload, length=len(payload)) for payload in payloads])


def two_rounds(first: str) -> Flow[str]:
    (reply,) = yield from ask(first)
    assert isinstance(reply, Response)
    (second,) = yield from ask(reply.value + "!")
    assert isinstance(second, Response)
    return str(second.value)


def echo(call: Call) -> str:
    return str(call.payload)


def engine_with(endpoint: ScriptedEndpoint, ledger: Ledger | None = None, run: Run | None = None) -> Engine:
    engine = Engine(ledger or Ledger(None), run or Run("r1"))
    engine.add_endpoints({"echo": endpoint})
    return engine


def test_equal_calls_of_different_flows_are_sent_once() -> None:
    endpoint = ScriptedEndpoint(echo)
    engine = engine_with(endpoint)
    results = dict(engine.run([(1, ask("a", "b")), (2, ask("b", "a")), (3, ask("b"))]))
    assert [[r.value for r in results[i] if isinstance(r, Response)] for i in (1, 2, 3)] == [
        ["a", "b"],
        ["b", "a"],
        ["b"],
    ]
    assert sorted(str(call.payload) for call in endpoint.sent) == ["a", "b"]
    assert (engine.counters.asked, engine.counters.unique, engine.counters.sent) == (5, 2, 2)


def test_rounds_of_different_flows_share_batches() -> None:
    endpoint = ScriptedEndpoint(echo)
    engine = engine_with(endpoint)
    results = dict(engine.run([(i, two_rounds(f"q{i}")) for i in range(50)]))
    assert results[7] == "q7!"
    assert endpoint.batches == [50, 50]


def test_batches_are_sorted_by_length_and_replies_go_back_to_their_flows() -> None:
    endpoint = ScriptedEndpoint(echo, packing=Packing(max_calls=3))
    engine = engine_with(endpoint)
    words = ["a", "bbbb", "cc", "ddddd", "eee"]
    results = dict(engine.run((word, ask(word)) for word in words))
    assert [str(call.payload) for call in endpoint.sent] == ["ddddd", "bbbb", "eee", "cc", "a"]
    assert all(isinstance(r[0], Response) and r[0].value == word for word, r in results.items())


def test_a_fingerprinted_reply_is_reused_by_the_next_session(tmp_path: Path) -> None:
    for expected in (1, 0):
        endpoint = ScriptedEndpoint(echo, version="1")
        engine = engine_with(endpoint, Ledger(tmp_path / "l.sqlite"), Run(f"run{expected}"))
        dict(engine.run([(1, ask("a"))]))
        assert len(endpoint.sent) == expected


def test_a_reply_without_fingerprint_is_reused_only_when_its_run_is_resumed(tmp_path: Path) -> None:
    sent = []
    for run in (Run("r1"), Run("r1", resumed=True), Run("r2")):
        endpoint = ScriptedEndpoint(echo)
        dict(engine_with(endpoint, Ledger(tmp_path / "l.sqlite"), run).run([(1, ask("a"))]))
        sent.append(len(endpoint.sent))
    assert sent == [1, 0, 1]


def test_an_own_exception_is_retried_once_and_judged_only_if_it_recurs() -> None:
    tries: dict[str, int] = {}

    def flaky(call: Call) -> str | Exception:
        tries[call.payload] = tries.get(call.payload, 0) + 1
        if call.payload == "always" or tries[call.payload] == 1:
            return KeyError(call.payload)
        return "fine"

    engine = engine_with(ScriptedEndpoint(flaky, packing=Packing(max_calls=1)))
    results = dict(engine.run([(p, ask(p)) for p in ("once", "always")]))
    assert results["once"] == [Response(value="fine")]
    (error,) = results["always"]
    assert isinstance(error, CallError)
    assert (error.kind, error.exception) == ("system_error", "KeyError")
    assert tries == {"once": 2, "always": 2}


@pytest.mark.parametrize("error", [TimeoutError("slow"), ConnectionResetError("gone"), MemoryError()])
def test_timeouts_and_connections_are_infrastructure_and_not_retried(error: Exception) -> None:
    endpoint = ScriptedEndpoint(lambda _: error)
    (reply,) = dict(engine_with(endpoint).run([(1, ask("a"))]))[1]
    assert isinstance(reply, CallError)
    assert reply.kind == "infra_error"
    assert len(endpoint.sent) == 1


def test_an_error_is_never_stored(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite")
    dict(engine_with(ScriptedEndpoint(lambda _: TimeoutError(), version="1"), ledger).run([(1, ask("a"))]))
    assert ledger.count() == 0


def test_what_came_before_a_failure_in_a_batch_is_kept() -> None:
    endpoint = ScriptedEndpoint(lambda call: TimeoutError() if call.payload == "b" else call.payload)
    results = dict(engine_with(endpoint).run([(p, ask(p)) for p in ("aaa", "b", "c")]))
    assert results["aaa"] == [Response(value="aaa")]
    assert all(isinstance(results[p][0], CallError) for p in "bc")


def test_a_call_the_endpoint_forgets_is_a_missing_reply() -> None:
    class Forgetful(ScriptedEndpoint):
        def run(self, calls: Sequence[Call]) -> Iterable[tuple[int, Reply]]:
            return [pair for pair in super().run(calls) if pair[0] != 1]

    results = dict(engine_with(Forgetful(echo)).run([(p, ask(p)) for p in ("aa", "b")]))
    (reply,) = results["b"]
    assert isinstance(reply, CallError)
    assert reply.kind == "missing_reply"


def test_an_interrupt_keeps_every_reply_that_had_arrived(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"

    def interrupted(call: Call) -> str | BaseException:
        return KeyboardInterrupt() if call.payload == "c" else str(call.payload)

    engine = engine_with(ScriptedEndpoint(interrupted, version="1"), Ledger(path))
    with pytest.raises(KeyboardInterrupt):
        dict(engine.run([(p, ask(p)) for p in ("aaa", "bb", "c")]))
    endpoint = ScriptedEndpoint(echo, version="1")
    dict(engine_with(endpoint, Ledger(path)).run([(p, ask(p)) for p in ("aaa", "bb", "c")]))
    assert [call.payload for call in endpoint.sent] == ["c"]


def test_a_live_endpoint_is_refused_unless_asked_for() -> None:
    endpoint = ScriptedEndpoint(echo, live=True)
    (reply,) = dict(engine_with(endpoint).run([(1, ask("a"))]))[1]
    assert isinstance(reply, CallError)
    assert "--robust-live" in reply.message
    assert not endpoint.sent


def test_an_unknown_endpoint_names_the_choices() -> None:
    with pytest.raises(UnknownNameError, match=r"no endpoint is called 'ecko'[\s\S]*did you mean 'echo'"):
        dict(engine_with(ScriptedEndpoint(echo)).run([(1, ask("a", endpoint="ecko"))]))


def test_two_endpoints_may_not_share_a_name() -> None:
    engine = engine_with(ScriptedEndpoint(echo))
    with pytest.raises(ValueError, match="two different endpoints"):
        engine.add_endpoints({"echo": ScriptedEndpoint(echo)})


def test_the_first_round_is_known_without_sending_anything() -> None:
    endpoint = ScriptedEndpoint(echo)
    calls = engine_with(endpoint).first_calls([two_rounds("a"), two_rounds("a"), two_rounds("b")])
    assert sorted(str(call.payload) for call in calls.values()) == ["a", "b"]
    assert not endpoint.sent


def test_a_reply_that_is_no_json_becomes_an_error_of_its_call_alone() -> None:
    endpoint = ScriptedEndpoint(lambda call: {1, 2} if call.payload == "bad" else call.payload, version="1")
    results = dict(engine_with(endpoint).run([(p, ask(p)) for p in ("bad", "good")]))
    (bad,) = results["bad"]
    assert isinstance(bad, CallError)
    assert "JSON" in bad.message
    assert results["good"] == [Response(value="good")]
