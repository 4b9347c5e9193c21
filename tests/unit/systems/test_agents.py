"""Real LangChain agents as systems: in parts and as they are, under every fault, fresh, bounded and timed."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest

pytest.importorskip("langchain", reason="needs the extra 'chat'")

from agent_world import EXAMPLES, REGISTRY, Said, Scripted, adapted, engine_of, trials, under
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import BaseTool, InjectedToolCallId, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.prebuilt import InjectedState

from robustcore.calls.ledger import Ledger
from robustcore.case import CLEAN, Condition, Step
from robustcore.errors import InputError, MissingExtraError
from robustcore.perturb.base import Preserves, perturbation
from robustcore.perturb.edit import At, Edit, Talk
from robustcore.systems.agents.spec import LangChainAgent
from robustcore.systems.base import Task
from robustcore.systems.drive import AnySystem
from robustcore.systems.trial import Trial
from robustcore.systems.wire import answer_from_json, answer_to_json
from robustcore.testing import check_operator

PRICES = {"lamp": "12.5", "rope": "7"}
ALL = [name for name in REGISTRY.names() if name.startswith("tools.")]
LISTED = ("tools.removed", "tools.renamed", "tools.reordered")


class Counts:
    """How often each tool really ran."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.at_once = self.most = 0
        self.lock = threading.Lock()


def tools_of(counts: Counts, wait: float = 0.0) -> Callable[[], list[BaseTool]]:
    def make() -> list[BaseTool]:
        visits: list[str] = []

        @tool
        def price(item: str) -> str:
            """Return the price of an item."""
            with counts.lock:
                counts.calls.append(f"price {item}")
                counts.at_once += 1
                counts.most = max(counts.most, counts.at_once)
            time.sleep(wait)
            visits.append(item)
            with counts.lock:
                counts.at_once -= 1
            return f'{{"item": "{item}", "price": {PRICES[item]}, "visit": {len(visits)}}}'

        @tool
        async def double(number: float) -> str:
            """Return twice a number."""
            counts.calls.append(f"double {number:g}")
            return f"{2 * number:g}"

        @tool
        def wipe() -> str:
            """Delete everything."""
            counts.calls.append("wipe")
            return "gone"

        return [price, double, wipe]

    return make


def item_of(question: str) -> str:
    return "lamp" if "lamp" in question else "rope"


def once(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
    """Ask for the price once and repeat what comes."""
    if not results:
        return next((t for t in tools if t.startswith("price")), "price"), {"item": item_of(question)}
    return f"It says: {results[-1].content}"


def patient(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
    """Ask until a result comes, three times at most."""
    if not results or (results[-1].status == "error" and len(results) < 3):
        return next((t for t in tools if t.startswith("price")), "price"), {"item": item_of(question)}
    return f"It says: {results[-1].content}"


def in_parts(decide: Any, make: Any, **more: Any) -> LangChainAgent:
    return LangChainAgent(build=create_agent, model=Scripted(decide=decide), tools=make, **more)


def as_it_is(decide: Any, make: Any, **more: Any) -> LangChainAgent:
    return LangChainAgent(agent=lambda: create_agent(Scripted(decide=decide), make()), **more)


ROUTES = pytest.mark.parametrize("route", [in_parts, as_it_is])


def text(trial: Trial) -> str:
    assert trial.answer is not None, trial.error
    return trial.answer.text


@ROUTES
def test_the_clean_way_is_kept(route: Any) -> None:
    counts = Counts()
    system = adapted(route(once, tools_of(counts), dangerous=["wipe"]))
    assert system.points == {"question", "tools", "history"}
    (done,) = trials(system).values()
    assert done.answer is not None
    trace = done.answer.trace
    assert trace is not None
    assert [(use.tool, use.arguments, use.status, use.fault, use.dangerous) for use in trace.uses] == [
        ("price", {"item": "lamp"}, "ok", "", False)
    ]
    assert "12.5" in text(done)
    assert (trace.turns, trace.ended) == (2, "answered")
    assert answer_from_json(answer_to_json(done.answer)) == done.answer


@ROUTES
@pytest.mark.parametrize("name", ALL)
def test_every_fault_strikes_and_is_seen(route: Any, name: str) -> None:
    counts = Counts()
    system = adapted(route(patient, tools_of(counts), dangerous=["wipe"]))
    options = {"seconds": 0.05} if name == "tools.slow" else {}
    (done,) = trials(system, [under(name.partition(".")[2], **options)]).values()
    if route is as_it_is and name in LISTED:
        assert done.skip == "not_applicable"
        assert "build=" in done.note
        return
    kind = name.partition(".")[2]
    assert done.answer is not None, done.error
    assert done.answer.trace is not None
    assert not done.skip, done.note
    assert done.answer.trace.reached == (kind,)
    assert done.twin is not None
    struck = [use for use in done.answer.trace.uses if use.fault == kind]
    if kind not in ("renamed", "reordered"):
        assert struck
    if kind in ("stale", "contradictory"):
        assert done.planted == "19"  # the example's own wrong answer
        assert "19" in text(done)
        assert struck[0].truth == "12.5"
    if kind == "injection":
        assert done.planted == done.answer.trace.canary
        assert done.planted in text(done)
    if kind == "irrelevant":
        assert '"rope"' in text(done)
    if kind == "removed":
        assert "price" not in counts.calls[-1:]
    if kind in ("error", "timeout"):
        assert len(struck) == 3
        assert [use.clean for use in struck] == [None] * 3
    elif struck and kind not in ("slow", "removed"):
        assert struck[0].clean is not None
        assert struck[0].clean != struck[0].result


@ROUTES
def test_a_passing_failure_is_survived_by_asking_again(route: Any) -> None:
    system = adapted(route(patient, tools_of(Counts())))
    done = trials(system, [under("error", 0.5), under("timeout", 0.5)])
    assert ["12.5" in text(trial) for trial in done.values()] == [True, True]
    assert [len(t.answer.trace.uses) for t in done.values() if t.answer and t.answer.trace] == [2, 2]


@ROUTES
def test_a_fault_that_the_run_does_not_meet_is_not_applicable(route: Any) -> None:
    system = adapted(route(once, tools_of(Counts())))
    done = trials(system, [under("error", tool="double"), under("empty", call=5)])
    assert [trial.skip for trial in done.values()] == ["not_applicable"] * 2


@ROUTES
def test_a_fault_that_finds_nothing_to_change_is_a_noop(route: Any) -> None:
    @tool
    def price(item: str) -> str:
        """Return a word."""
        return "cheap"

    system = adapted(route(once, lambda: [price]))
    done = trials(system, [under("contradictory"), under("schema_drift"), under("wrong_unit", 0.5)])
    assert [trial.skip for trial in done.values()] == ["noop"] * 3


@ROUTES
def test_an_agent_that_does_not_handle_an_exception_fails_by_its_own_fault(route: Any) -> None:
    system = adapted(route(once, tools_of(Counts())))
    done = trials(system, [under("error", how="raise"), under("timeout", how="raise")])
    assert [trial.error.kind if trial.error else "" for trial in done.values()] == ["system_error"] * 2


@ROUTES
def test_every_trial_starts_from_a_fresh_state(route: Any) -> None:
    def twice(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        return ("price", {"item": item_of(question)}) if len(results) < 2 else str(results[-1].content)

    system = adapted(route(twice, tools_of(Counts())))
    done = trials(system, [CLEAN, under("error", 0.5, call=2)], EXAMPLES)
    visits = [text(trial)[-2] for key, trial in done.items() if key.startswith("clean")]
    assert visits == ["2", "2"]  # two visits of one trial, never three


def test_both_routes_and_any_concurrency_give_the_same_runs() -> None:
    names = [name.partition(".")[2] for name in ALL if name not in LISTED and name != "tools.slow"]
    conditions = [CLEAN, *(under(name) for name in names)]
    seen = []
    for route, at_once in ((in_parts, 1), (in_parts, 8), (as_it_is, 1), (as_it_is, 8)):
        done = trials(adapted(route(patient, tools_of(Counts())), concurrency=at_once), conditions, EXAMPLES)
        runs = {key: (text(trial), trial.skip, trial.planted, way(trial)) for key, trial in done.items()}
        seen.append(dict(sorted(runs.items())))
    assert len(seen[0]) == 2 * len(conditions)
    assert seen[0] == seen[1] == seen[2] == seen[3]


def way(trial: Trial) -> list[tuple[Any, ...]]:
    assert trial.answer is not None
    assert trial.answer.trace is not None
    return [(u.tool, u.arguments, u.result, u.clean, u.fault, u.status) for u in trial.answer.trace.uses]


def test_every_call_is_in_the_ledger_and_the_same_call_is_made_once(tmp_path: Path) -> None:
    counts = Counts()
    book = Ledger(tmp_path / "ledger.sqlite")
    system = adapted(in_parts(patient, tools_of(counts), pure=["price"]))
    engine = engine_of(system, book)
    trials(system, [CLEAN, under("error", 0.5), under("truncated", 1 / 3)], engine=engine)
    assert counts.calls == ["price lamp"]  # pure: one call for three trials
    stem = next(name for name in system.endpoints if name.endswith(".model"))
    # the first turn is shared by all; then come one after the result, two after the failure, one after the cut
    assert engine.counters.spent[stem].sent == 1 + 1 + 2 + 1
    engine.close()


def test_stateful_calls_belong_to_their_trial() -> None:
    counts = Counts()
    system = adapted(in_parts(patient, tools_of(counts)))
    trials(system, [CLEAN, under("error", 0.5), under("truncated", 1 / 3)])
    assert counts.calls == ["price lamp"] * 3


def test_an_unfinished_run_goes_on_with_the_state_it_had(tmp_path: Path) -> None:
    def thrice(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        return ("price", {"item": "lamp"}) if len(results) < 3 else str(results[-1].content)

    def interrupted(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        if len(results) == 2:
            raise KeyboardInterrupt
        return thrice(question, results, tools)

    first, second = Counts(), Counts()
    place = tmp_path / "ledger.sqlite"
    book = Ledger(place)
    cut_off = adapted(in_parts(interrupted, tools_of(first)))
    engine = engine_of(cut_off, book)
    with pytest.raises(KeyboardInterrupt):
        trials(cut_off, engine=engine)
    assert first.calls == ["price lamp"] * 2
    again = Ledger(place)
    system = adapted(in_parts(thrice, tools_of(second)))
    engine = engine_of(system, again)
    (done,) = trials(system, engine=engine).values()
    assert '"visit": 3' in text(done)
    if engine.counters.hits:  # resumed: the two calls that the ledger knows are made up for, then comes the third
        assert second.calls == ["price lamp"] * 3


@ROUTES
def test_agents_run_side_by_side_and_never_more_than_allowed(route: Any) -> None:
    counts = Counts()
    system = adapted(route(once, tools_of(counts, wait=0.05)), concurrency=4)
    began = time.perf_counter()
    conditions = [under("truncated", 1 / 3, share=share / 100) for share in range(1, 13)]
    trials(system, conditions)
    assert 1 < counts.most <= 4
    assert time.perf_counter() - began < 13 * 0.05 + 4


@ROUTES
def test_a_tool_that_hangs_is_timed_out_and_the_run_goes_on(route: Any) -> None:
    stop = threading.Event()

    @tool
    def price(item: str) -> str:
        """Hang."""
        stop.wait(20)
        return "late"

    system = adapted(route(once, lambda: [price]), tool_timeout=0.1)
    began = time.perf_counter()
    (done,) = trials(system).values()
    stop.set()
    assert time.perf_counter() - began < 5
    assert done.answer is not None
    assert done.answer.trace is not None
    assert [use.status for use in done.answer.trace.uses] == ["timeout"]
    assert "no result within 0.1 seconds" in text(done)


@ROUTES
def test_a_run_without_an_end_hits_its_step_limit(route: Any) -> None:
    system = adapted(route(lambda q, r, t: ("double", {"number": 2}), tools_of(Counts())), step_limit=6)
    (done,) = trials(system).values()
    assert done.answer is not None
    assert done.answer.trace is not None
    assert (done.answer.text, done.answer.trace.ended, done.answer.trace.turns) == ("", "step_limit", 6)


@ROUTES
def test_a_run_that_takes_too_long_hits_its_time_limit(route: Any) -> None:
    def slow(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        time.sleep(0.15)
        return "double", {"number": len(results)}

    system = adapted(route(slow, tools_of(Counts())), time_limit=0.4)
    (done,) = trials(system).values()
    assert done.answer is not None
    assert done.answer.trace is not None
    assert done.answer.trace.ended == "time_limit"


@ROUTES
def test_calls_made_at_once_are_all_answered(route: Any) -> None:
    def both(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        if not results:
            return [("price", {"item": "lamp"}), ("double", {"number": 4}), ("price", {"item": "rope"})]
        return " ".join(str(result.content) for result in results)

    (done,) = trials(adapted(route(both, tools_of(Counts())))).values()
    assert all(part in text(done) for part in ("12.5", "8", '"rope"'))


def test_a_tool_that_is_handed_state_runs_where_it_stands() -> None:
    @tool
    def price(
        item: str, state: Annotated[dict[str, Any], InjectedState], call: Annotated[str, InjectedToolCallId]
    ) -> str:
        """Return the price and how many messages there are."""
        return f"{item} costs 12.5, {len(state['messages'])} messages, {call}"

    (done,) = trials(adapted(in_parts(once, lambda: [price]))).values()
    assert "2 messages, c1-0" in text(done)


def test_a_lost_call_is_no_result_even_if_the_agent_goes_on() -> None:
    def down(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        if results:
            raise ConnectionError("the provider is down")
        return "price", {"item": "lamp"}

    def build(model: Any, tools: Any, middleware: Any = ()) -> Any:
        graph: Any = create_agent(model, tools, middleware=middleware)

        async def ask(question: str) -> str:
            try:
                return str((await graph.ainvoke({"messages": [("user", question)]}))["messages"][-1].content)
            except Exception:
                return "It costs 12.5, I suppose."

        return RunnableLambda(ask)

    agent = LangChainAgent(build=build, model=Scripted(decide=down), tools=tools_of(Counts()))
    (done,) = trials(adapted(agent)).values()
    assert done.answer is None
    assert done.error is not None
    assert (done.error.kind, done.error.message) == ("infra_error", "the provider is down")


def test_worlds_are_left_when_their_trial_ends() -> None:
    left: list[str] = []

    @contextmanager
    def world() -> Iterator[list[BaseTool]]:
        yield tools_of(Counts())()
        left.append("left")

    system = adapted(in_parts(once, world))
    trials(system, [CLEAN, under("truncated", 1 / 3)])
    deadline = time.perf_counter() + 2
    while len(left) < 2 and time.perf_counter() < deadline:
        time.sleep(0.01)
    assert left == ["left", "left"]


def test_a_conversation_goes_before_the_question() -> None:
    def count(question: str, results: list[ToolMessage], tools: tuple[str, ...]) -> Said:
        return ("price", {"item": "lamp"}) if not results else str(results[-1].content)

    seen: list[int] = []

    class Watching(Scripted):
        def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> Any:
            seen.append(len(messages))
            return super()._generate(messages, *args, **kwargs)

    system = adapted(LangChainAgent(build=create_agent, model=Watching(decide=count), tools=tools_of(Counts())))
    assert hasattr(system, "perform")
    talk = (("user", "Hello"), ("assistant", "Good morning"))
    flow = system.perform(Task(question="What does the lamp cost?", history=talk), replicate=0)
    ((_, answer),) = engine_of(system).run([("x", flow)])
    assert "12.5" in answer.text
    assert seen == [3, 5]


@perturbation("history.small_talk", preserves=Preserves.ADDS_NOISE)
def small_talk(talk: Talk, at: At) -> Edit[Talk]:
    """Put chat before the question and a doubt after the answer (ours)."""
    chat = (("user", "What a day"), ("assistant", "Lovely, is it not?")) * round(4 * at.severity)
    return Edit(value=replace(talk, before=chat, after=("Are you sure about the lamp?",)), edits=len(chat))


@ROUTES
def test_history_noise_goes_before_the_question_and_turns_follow_the_answer(route: Any) -> None:
    check_operator(small_talk, "x")
    seen: list[int] = []

    class Watching(Scripted):
        def _generate(self, messages: list[Any], *args: Any, **kwargs: Any) -> Any:
            seen.append(len(messages))
            return super()._generate(messages, *args, **kwargs)

    agent = (
        LangChainAgent(build=create_agent, model=Watching(decide=once), tools=tools_of(Counts()))
        if route is in_parts
        else LangChainAgent(agent=lambda: create_agent(Watching(decide=once), tools_of(Counts())()))
    )
    condition = Condition("small_talk", 0.5, (Step(small_talk, {}),))
    (done,) = trials(adapted(agent), [condition]).values()
    assert "12.5" in text(done)
    assert done.twin is not None
    assert seen == [1, 3, 5, 7, 7, 9]  # the clean run; chat and question; the reply to them and another turn


def test_a_graph_with_memory_gets_a_thread_of_its_own_and_is_found_as_it_is() -> None:
    counts = Counts()
    graph = create_agent(Scripted(decide=once), tools_of(counts)(), checkpointer=InMemorySaver())
    done = trials(adapted(graph), [CLEAN, under("empty", 0.5)], EXAMPLES)
    assert len(done) == 4
    assert all(trial.answer is not None for trial in done.values())


def test_any_runnable_with_tools_is_an_agent_if_they_are_listed() -> None:
    held = tools_of(Counts())()

    def answer(question: str) -> str:
        return f"It says {held[0].invoke({'item': item_of(question)})}"

    system = adapted(LangChainAgent(agent=RunnableLambda(answer), tools=held))
    done = trials(system, [CLEAN, under("empty", 0.5)])
    assert text(done["clean-lamp"]).count("12.5") == 1
    assert "{}" in text(done["empty-s0.5-lamp"])
    assert held[0].invoke({"item": "rope"}).count("rope") == 1  # outside of a trial it does what it always did


def test_a_build_function_alone_takes_its_parts_from_the_options() -> None:
    system = adapted(_build, model=Scripted(decide=once), tools=tools_of(Counts()), greeting="Hi")
    assert "12.5" in text(next(iter(trials(system).values())))


def _build(model: Any, tools: Any, middleware: Any = (), *, greeting: str = "") -> Any:
    return create_agent(model, tools, system_prompt=greeting or None, middleware=middleware)


@pytest.mark.parametrize(
    ("agent", "options", "message"),
    [
        (lambda: _build, {}, "build(model, tools, ...) needs model and tools"),
        (lambda: in_parts(once, tools_of(Counts())), {"step_limit": 0}, "step_limit must be above 0"),
        (lambda: in_parts(once, tools_of(Counts())), {"pure": "price"}, "pure must be a list of names"),
        (lambda: in_parts(once, tools_of(Counts()), pure=["prise"]), {}, "did you mean 'price'?"),
        (lambda: in_parts(once, tools_of(Counts()), dangerous=["x"]), {}, "dangerous names 'x'"),
        (lambda: in_parts(once, [1, 2]), {}, "the tools cannot be used"),
        (lambda: in_parts(once, lambda a, b: []), {}, "the function of the tools needs a, b"),
        (lambda: in_parts(once, tools_of(Counts())), {"steplimit": 3}, "'steplimit'"),
        (lambda: as_it_is(once, tools_of(Counts())), {"steplimit": 3}, "did you mean 'step_limit'?"),
        (lambda: LangChainAgent(agent=RunnableLambda(str)), {}, "no tools were found in the agent"),
        (lambda: LangChainAgent(agent=3), {}, "must be a LangChain Runnable, not a int"),
        (lambda: LangChainAgent(build=create_agent, model=3, tools=[]), {}, "the model is a int"),
    ],
)
def test_a_part_that_cannot_be_used_is_refused_with_the_fix(agent: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        adapted(agent(), **options)
    assert message in str(caught.value)


def test_an_agent_is_either_in_parts_or_as_it_is() -> None:
    with pytest.raises(InputError, match="either build, model and tools, or agent"):
        LangChainAgent()
    with pytest.raises(InputError, match="needs the model"):
        LangChainAgent(build=create_agent)
    with pytest.raises(InputError, match="pure must be a list"):
        LangChainAgent(agent=object(), pure="price")


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.tools", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"pytest-robust\[langchain\]\""):
        adapted(LangChainAgent(agent=object()))


def test_systems_keep_their_kind() -> None:
    made: list[AnySystem] = [adapted(route(once, tools_of(Counts()))) for route in (in_parts, as_it_is)]
    assert [sorted(name.rpartition(".")[2] for name in made[0].endpoints), len(made[1].endpoints)] == [
        ["model", "pure", "steps", "tools"],
        1,
    ]
