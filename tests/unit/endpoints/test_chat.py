from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time
from typing import Any, cast

import pytest

pytest.importorskip("langchain_openai", reason='needs pip install "pytest-robust[chat]"')

from langchain_core.language_models import FakeListChatModel
from langchain_core.tracers.langchain import wait_for_all_tracers
from langchain_openai import ChatOpenAI
from langsmith.utils import get_env_var
from servers.fault_server import FaultServer
from unit.endpoints.chatting import QUICK, call, endpoint, replies, said, why

from robustcore.calls.types import Call, ConcurrentEndpoint, Response
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.chat_model import _check_base_url
from robustcore.endpoints.remote.prices import Price
from robustcore.endpoints.remote.rates import Limits
from robustcore.endpoints.remote.retry import Patience
from robustcore.endpoints.specs import make_endpoint, spec_of
from robustcore.errors import InputError

LOCAL = {"base_url": "http://127.0.0.1:9/v1"}
KEY = "sk-planted-0123456789abcdef"


def test_it_is_a_concurrent_endpoint_and_describing_it_imports_nothing_heavy() -> None:
    code = (
        "import sys; from robustcore.endpoints.remote.chat import ChatEndpoint\n"
        "from robustcore.endpoints.specs import *\n"
        "e = make_endpoint({'kind': 'chat', 'model': 'openai:m', 'options': {'base_url': 'http://127.0.0.1:9/v1'}})\n"
        "print(e.live, e.fingerprint, e.concurrency, spec_of(e))\n"
        "assert not {'langchain', 'langchain_core', 'openai', 'tenacity', 'httpx', 'langsmith'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("False None 64 {'kind': 'chat'"), done.stderr
    assert isinstance(ChatEndpoint("openai:m", options=LOCAL), ConcurrentEndpoint)


def test_an_answer_has_its_text_and_what_it_took() -> None:
    with FaultServer() as server:
        (reply,) = replies(endpoint(server), [call("how are you")])
    generation = said(reply)
    assert generation.text == "answer to how are you"
    assert (generation.finish, generation.usage, generation.logprobs) == ("stop", (3, 5), None)
    assert isinstance(reply, Response)
    assert reply.usage == (3, 5)
    assert reply.seconds > 0


def test_settings_reach_the_service_under_the_names_it_knows() -> None:
    with FaultServer() as server:
        asked = call("hi", max_tokens=7, temperature=0, top_p=0.5, seed=3, stop=["x"], top_logprobs=2)
        (reply,) = replies(endpoint(server), [asked])
        body = server.seen[0].body
    told = {name: body.get(name) for name in ("max_tokens", "temperature", "top_p", "seed", "stop", "top_logprobs")}
    assert told == asked.settings
    assert "max_completion_tokens" not in body
    logprobs = said(reply).logprobs
    assert logprobs is not None
    assert [len(token.top) for token in logprobs] == [2, 2, 2]


def test_calls_with_other_settings_do_not_mix() -> None:
    with FaultServer() as server:
        asked = [call(f"hi {seed}", seed=seed) for seed in range(20)] + [call("none")]
        replies(endpoint(server), asked)
        seeds = {seen.prompt: seen.body.get("seed") for seen in server.seen}
    assert seeds == {f"hi {seed}": seed for seed in range(20)} | {"none": None}


def test_a_setting_that_a_model_does_not_take_is_named_and_nothing_is_sent() -> None:
    fake = ChatEndpoint(FakeListChatModel(responses=["yes"]), live=False)
    error = why(replies(fake, [call("hi", temperature=0)])[0])
    assert error.kind == "infra_error"
    assert "FakeListChatModel takes no setting 'temperature'" in error.message
    assert said(replies(fake, [call("hi", stop=["."])])[0]).text == "yes"
    with FaultServer() as server:
        error = why(replies(endpoint(server), [call("hi", temprature=0)])[0])
        assert "did you mean 'temperature'" in error.message
        assert server.seen == []


@pytest.mark.parametrize(
    "wrong",
    [
        Call(endpoint="chat", op="embed", payload={"text": "hi"}),
        Call(endpoint="chat", op="chat", payload={"messages": []}),
        Call(endpoint="chat", op="chat", payload={"messages": [{"role": "robot", "content": "hi"}]}),
        Call(endpoint="chat", op="chat", payload={"messages": [{"role": "user", "content": None}]}),
        Call(endpoint="chat", op="chat", payload="hi"),
    ],
)
def test_what_is_no_chat_is_told_and_not_sent(wrong: Call) -> None:
    error = why(replies(ChatEndpoint("openai:m", options=LOCAL), [wrong])[0])
    assert error.kind == "infra_error"
    assert '{"messages": [' in error.message


def test_calls_at_once_are_bounded_and_the_service_is_kept_busy() -> None:
    with FaultServer(latency=0.05) as server:
        replies(endpoint(server, concurrency=5), [call(f"hi {number}") for number in range(40)])
        assert server.most_at_once == 5


def test_a_crowded_service_is_asked_less_at_once_and_all_calls_are_answered() -> None:
    with FaultServer(latency=0.02, capacity=4) as server:
        asked = endpoint(server, concurrency=32, patience=Patience(retries=12, first_wait=0.02))
        assert len({said(reply).text for reply in replies(asked, [call(f"hi {n}") for n in range(100)])}) == 100
        refused = sum(seen.fault == "rate_limit" for seen in server.seen)
    assert refused < 100  # each call refused once would be that many


def test_retry_after_is_waited_for() -> None:
    with FaultServer() as server:
        patience = Patience(retries=1, first_wait=0.001, total_timeout=0.5)
        error = why(replies(endpoint(server, patience=patience), [call("[fault: rate_limit_after] hi")])[0])
        assert server.counts()["[fault: rate_limit_after] hi"]["arrived"] == 1
    assert "asks to wait 1 seconds, which is more than total_timeout leaves" in error.message


def test_an_answer_that_carries_another_requests_id_is_not_believed() -> None:
    with FaultServer() as server:
        first, second = replies(endpoint(server), [call("[fault: wrong_id] a"), call("[fault: wrong_id x1] b")])
        names = [seen.headers["x-client-request-id"] for seen in server.seen]
    assert "another request" in why(first).message
    assert said(second).text.startswith("answer to")
    assert len(set(names)) == len(names) == 4  # each attempt has its own


def test_cancelling_leaves_no_task_and_starts_no_retry() -> None:
    async def scenario(server: FaultServer) -> tuple[int, int]:
        asked = endpoint(server, concurrency=4, patience=Patience(retries=9, first_wait=0.2))
        prompts = ["[fault: hang] a", "[fault: error_500] b", "[fault: rate_limit_after] c", "d", "e", "f"]
        tasks = [asyncio.create_task(asked.answer(call(prompt))) for prompt in prompts]
        while len(server.seen) < 3:
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        sent = len(server.seen)
        left = len(asyncio.all_tasks()) - 1
        await asyncio.sleep(0.5)
        await asked.aclose()
        return left, len(server.seen) - sent

    with FaultServer() as server:
        assert asyncio.run(scenario(server)) == (0, 0)


def test_who_stops_listening_stops_the_batch() -> None:
    with FaultServer(latency=0.05) as server:
        before = threading.active_count()
        for _ in endpoint(server, concurrency=2).run([call(f"hi {number}") for number in range(50)]):
            break
        assert len(server.seen) < 10
        ends = time.monotonic() + 10  # on a busy machine threads take their time
        while threading.active_count() > before + 1 and time.monotonic() < ends:
            time.sleep(0.01)
        assert threading.active_count() <= before + 1  # the loop's thread has ended


def test_a_model_that_cannot_be_made_fails_each_call_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    asked = ChatEndpoint("anthropic:claude-x", patience=QUICK)
    error = why(replies(asked, [call("hi")])[0])
    assert error.kind == "infra_error"
    assert "pip install langchain-anthropic" in error.message
    error = why(replies(ChatEndpoint("nobody:model", patience=QUICK), [call("hi")])[0])
    assert "nobody" in error.message
    error = why(replies(ChatEndpoint("openai:m", api_key_env="NOT_SET_KEY", options=LOCAL), [call("hi")])[0])
    assert "NOT_SET_KEY is not set" in error.message


def test_without_the_extra_each_call_says_how_to_install_it() -> None:
    code = (
        "import sys; sys.modules['langchain'] = None\n"
        "from robustcore.endpoints.remote.chat import ChatEndpoint; from robustcore.calls.types import Call\n"
        "call = Call(endpoint='c', op='chat', payload={'messages': [{'role': 'user', 'content': 'hi'}]})\n"
        "print(list(ChatEndpoint('openai:m').run([call])))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "pytest-robust[chat]"' in done.stdout
    assert "kind='infra_error'" in done.stdout


def test_a_class_that_would_ignore_base_url_is_not_asked() -> None:
    with pytest.raises(InputError, match="FakeListChatModel takes no base_url: it would ask the provider's own"):
        _check_base_url(FakeListChatModel(responses=["a"]), LOCAL)
    model = ChatOpenAI(model="m", api_key="abc", base_url="http://127.0.0.1:9/v1")  # type: ignore[arg-type]
    _check_base_url(model, LOCAL)


def test_a_model_object_works_as_it_is() -> None:
    with FaultServer() as server:
        model = ChatOpenAI(model="mine", base_url=server.url, api_key="abc", max_retries=0)  # type: ignore[arg-type]
        asked = ChatEndpoint(model, patience=QUICK, live=False)
        assert said(replies(asked, [call("hi", max_tokens=3)])[0]).text == "answer to hi"
        assert server.seen[0].body["max_tokens"] == 3
    assert model.max_tokens is None  # settings go to a copy
    assert (asked.spec, asked.fingerprint) == (None, None)


def test_a_model_object_that_retries_by_itself_is_refused() -> None:
    with pytest.raises(InputError, match=r"max_retries=0; the endpoint retries"):
        ChatEndpoint(ChatOpenAI(model="mine", api_key="abc"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no LangChain chat model"):
        ChatEndpoint(object())  # type: ignore[arg-type]


def test_what_is_live() -> None:
    assert ChatEndpoint("openai:m").live
    assert ChatEndpoint("openai:m", options={"base_url": "https://example.com/v1"}).live
    assert not ChatEndpoint("openai:m", options={"base_url": "http://localhost:8000/v1"}).live
    assert ChatEndpoint("openai:m", options=LOCAL, live=True).live
    assert ChatEndpoint(FakeListChatModel(responses=["a"])).live
    assert not ChatEndpoint(FakeListChatModel(responses=["a"]), live=False).live
    with pytest.raises(InputError, match="live: false needs a base_url on this machine"):
        ChatEndpoint("openai:m", live=False)


def test_only_what_cannot_change_under_its_name_has_a_fingerprint() -> None:
    assert ChatEndpoint("openai:gpt-4o").fingerprint is None
    assert ChatEndpoint("openai:served-2024-08-06", options=LOCAL).fingerprint is None
    dated = ChatEndpoint("openai:gpt-4o-2024-08-06").fingerprint
    assert dated
    assert ChatEndpoint("anthropic:claude-haiku-4-5-20251001").fingerprint
    options: list[tuple[str, dict[str, Any]]] = [("1", {}), ("2", {}), ("1", LOCAL), ("1", {"temperature": 1})]
    versions = [ChatEndpoint("openai:gpt-4o", version=name, options=given).fingerprint for name, given in options]
    assert len({*versions, dated}) == 5
    same = ChatEndpoint("openai:gpt-4o", version="1", limits=Limits(concurrency=2), options={"timeout": 3}, price=None)
    assert same.fingerprint == versions[0]


def test_the_spec_makes_an_equal_endpoint() -> None:
    asked = ChatEndpoint(
        "openai:m",
        options={**LOCAL, "temperature": 0.5},
        api_key_env="MY_KEY",
        limits=Limits(concurrency=3, requests_per_minute=60),
        patience=Patience(retries=2),
        price=Price(input=1, output=2),
        version="7",
        live=True,
    )
    spec = spec_of(asked)
    assert spec is not None
    again = make_endpoint(json.loads(json.dumps(spec)))
    assert isinstance(again, ChatEndpoint)
    assert spec_of(again) == spec
    assert (again.fingerprint, again.live, again.concurrency) == (asked.fingerprint, True, 3)
    assert again.cost_of((1_000_000, 1_000_000)) == 3
    assert ChatEndpoint("openai:m").cost_of((1, 1)) is None


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"model": "gpt-4o"}, "names no chat model"),
        ({"model": "openai:m", "options": {"api_key": KEY}}, "'api_key' would hold a key"),
        (
            {"model": "openai:m", "options": {"default_headers": {"Authorization": KEY}}},
            "'Authorization' would hold a key",
        ),
        ({"model": "openai:m", "options": {"base_url": f"https://me:{KEY}@host/v1"}}, "base_url holds credentials"),
        ({"model": "openai:m", "options": {"max_retries": 3}}, "'max_retries' is not for the model's class"),
        ({"model": "openai:m", "options": {"x": object()}}, "options must be JSON values"),
        ({"model": "openai:m", "optoins": {}}, "did you mean 'options'"),
        ({"model": "openai:m", "limits": {"concurency": 3}}, "did you mean 'concurrency'"),
        ({"options": {}}, "needs a model"),
    ],
)
def test_a_spec_that_is_wrong_or_holds_a_key_is_refused_without_repeating_the_key(spec: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        make_endpoint({"kind": "chat", **spec})
    assert told in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_planted_key_is_sent_to_the_service_and_found_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SERVED_API_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    with FaultServer() as server:
        asked = endpoint(server, api_key_env="SERVED_API_KEY")
        got = replies(asked, [call("[fault: unauthorized] hi"), call("[fault: error_500] hi"), call("hi")])
        assert all(seen.headers["authorization"] == f"Bearer {KEY}" for seen in server.seen)
    told = "\n".join([*map(str, got), str(asked.spec), str(asked.fingerprint), repr(asked), caplog.text])
    assert "bad key Bearer [redacted]" in told
    assert KEY not in told


def test_a_server_on_this_machine_never_gets_the_users_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with FaultServer() as server:
        replies(endpoint(server), [call("hi")])
        assert server.seen[0].headers["authorization"] == "Bearer no-key"


def test_no_trace_is_sent_to_langsmith_whatever_the_environment_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as collector, FaultServer() as server:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2-0123456789")
        cast("Any", get_env_var).cache_clear()
        try:
            replies(endpoint(server), [call(f"hi {number}") for number in range(3)])
            wait_for_all_tracers()
            assert (len(server.seen), collector.connections) == (3, 0)
            ChatOpenAI(model="m", base_url=server.url, api_key="abc").invoke("hi")  # type: ignore[arg-type]
            wait_for_all_tracers()
            assert collector.connections > 0  # it would have been seen
        finally:
            cast("Any", get_env_var).cache_clear()
