"""What calls took, by endpoint: counted, joined over processes, told in one line each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call, CallError, Flow, Reply, Response
from robustcore.endpoints.scripted import ScriptedEndpoint
from robustcore.report.build import endpoint_report
from robustcore.report.join import join
from robustcore.report.json_form import from_json, to_json
from robustcore.report.terminal import spent_lines
from robustcore.report.types import EndpointReport, Report

MODEL = EndpointReport(
    name="m", sent=3, failed=1, seconds=2.5, input_tokens=3000, output_tokens=40, cost=0.5, live=True
)


def report(*endpoints: EndpointReport) -> Report:
    calls = {"asked": 1.0, "unique": 1.0, "hits": 0.0, "sent": 1.0, "failed": 0.0}
    return Report(
        created="", versions={}, run="", resumed=False, calls=calls, notes=(), scenarios=(), endpoints=endpoints
    )


def asked(*payloads: str) -> Flow[list[Reply]]:
    replies = yield [Call(endpoint="m", op="x", payload=payload, replicate=0) for payload in payloads]
    return replies


def test_the_engine_counts_each_call_that_was_sent_once() -> None:
    replies = {
        "a": Response(value=1, seconds=0.5, usage=(10, 2)),
        "b": Response(value=2, seconds=0.25, usage=(5, 1)),
        "c": CallError(kind="infra_error", message="gone"),
        "d": CallError(kind="system_error", message="raised, and raises again"),
    }
    ledger = Ledger(None)
    engine = Engine(ledger, ledger.start_run())
    model = ScriptedEndpoint(lambda call: replies[call.payload], version="1")
    engine.add_endpoints({"m": model})
    for _ in range(2):
        list(engine.run([("one", asked("a", "b", "a")), ("other", asked("a", "c", "d"))]))
        engine.forget()
    spent = engine.counters.spent["m"]
    told = endpoint_report("m", model, spent)
    assert (told.sent, told.failed, told.cost, told.live) == (4, 2, None, False)
    assert (told.seconds, told.input_tokens, told.output_tokens) == (0.75, 15, 3)
    assert engine.counters.totals()["sent"] == 4
    assert "spent" not in engine.counters.totals()


def test_reports_of_several_processes_add_up() -> None:
    other = replace(MODEL, sent=1, failed=0, cost=0.25)
    joined = join([report(MODEL, replace(MODEL, name="n", cost=None)), report(other)])
    by_name = {endpoint.name: endpoint for endpoint in joined.endpoints}
    assert (by_name["m"].sent, by_name["m"].input_tokens, by_name["m"].cost) == (4, 6000, 0.75)
    assert by_name["n"].cost is None
    unknown = join([report(MODEL), report(replace(MODEL, cost=None))])
    assert unknown.endpoints[0].cost is None


def test_a_report_with_endpoints_survives_json_and_one_without_is_still_read() -> None:
    whole = report(MODEL)
    assert from_json(to_json(whole)) == whole
    older = {key: value for key, value in to_json(whole).items() if key != "endpoints"}
    assert from_json(older).endpoints == ()


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        (MODEL, "m: 3 calls (1 without a reply), 3,000 tokens in, 40 out, 2.5 s, cost 0.5000"),
        (
            replace(MODEL, cost=None, failed=0),
            "m: 3 calls, 3,000 tokens in, 40 out, 2.5 s, cost unknown (give price: INPUT/OUTPUT per million tokens)",
        ),
        (replace(MODEL, cost=None, live=False, failed=0), "m: 3 calls, 3,000 tokens in, 40 out, 2.5 s"),
        (replace(MODEL, cost=None, input_tokens=0, output_tokens=0, failed=0), "m: 3 calls, 2.5 s, cost unknown"),
    ],
)
def test_a_line_tells_what_is_known(endpoint: EndpointReport, line: str) -> None:
    assert list(spent_lines([endpoint])) == [line]


def test_an_endpoint_that_costs_nothing_needs_no_line() -> None:
    free = replace(MODEL, cost=None, live=False, input_tokens=0, output_tokens=0)
    assert list(spent_lines([free])) == []


def test_a_limit_that_is_infinite_is_none_in_the_json() -> None:
    unlimited = replace(MODEL, seconds=float("inf"), cost=float("-inf"))
    (written,) = to_json(report(unlimited))["endpoints"]
    assert (written["seconds"], written["cost"]) == (None, None)
