"""Without leave to go out, nothing of ours leaves the machine: shown in a network namespace that has no route.

A namespace alone shows that nothing outside is needed; an audit hook shows that nothing outside is tried, either.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WATCH = '''
"""Writes down every attempt of this process to reach what is not on this machine."""
import ipaddress, sys
OUTSIDE = []

def here(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "", None)

def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not here(arguments[1][0]):
        OUTSIDE.append(f"connect {arguments[1]}")
    if event == "socket.getaddrinfo" and arguments[0] is not None and not here(str(arguments[0])):
        OUTSIDE.append(f"look up {arguments[0]}")

sys.addaudithook(watch)
'''
CHAT = """
import watch
from servers.fault_server import FaultServer
from robustcore.calls.engine import Engine
from robustcore.calls.ledger import Ledger
from robustcore.calls.types import Call
from robustcore.endpoints.remote.chat import ChatEndpoint
from robustcore.endpoints.remote.retry import Patience

def flow(name, number):
    payload = {"messages": [{"role": "user", "content": f"hi {number}"}]}
    (reply,) = yield [Call(endpoint=name, op="chat", payload=payload)]
    return reply

quick = Patience(retries=1, first_wait=0.01, timeout=20)
ledger = Ledger(None)
engine = Engine(ledger, ledger.start_run())
with FaultServer() as server:
    engine.add_endpoints({
        "local": ChatEndpoint("openai:m", options={"base_url": server.url}, patience=quick),
        "hosted": ChatEndpoint("openai:gpt-4o", patience=quick),
        "elsewhere": ChatEndpoint("openai:m", options={"base_url": "http://192.0.2.1/v1"}, patience=quick),
    })
    for name in engine.endpoints:
        replies = dict(engine.run((n, flow(name, n)) for n in range(5)))
        print(name, sorted({type(reply).__name__ for reply in replies.values()}), replies[0])
print("outside:", watch.OUTSIDE)
"""
CONFTEST = """
import watch

def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"outside: {watch.OUTSIDE}")
"""
SCENARIO = """
robust: 1
name: typos
claim: Misspelling some words of a question costs few answers.
data: {corpus: docs, questions: questions.jsonl}
perturb: [question.typos]
severity: [1]
measures: [answer_correct]
expect:
  - group: {measure: drop_abs(answer_correct), at-most: 0.9}
"""
QUESTION = {
    "question": "Who keeps the lighthouse of Orlewick?",
    "answers": ["Tomas Veld"],
    "gold_doc_ids": ["keeper"],
}


def in_namespace(command: list[str], folder: Path, *, loopback: bool) -> str:
    """Run ``command`` where there is no network, or none but loopback; return its output. Skip where that cannot be."""
    tool = shutil.which("unshare")
    if tool is None:
        pytest.skip("needs unshare, which makes network namespaces")
    private = [tool, "--net"] if os.geteuid() == 0 else [tool, "--net", "--map-root-user"]
    if subprocess.run([*private, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system does not let us make a network namespace")
    if loopback and shutil.which("ip") is None:
        pytest.skip("needs ip (iproute2) to switch loopback on")
    start = 'ip link set lo up && exec "$@"' if loopback else 'exec "$@"'
    # what would send something out if it were heeded
    asks = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "lsv2-0123456789", "OPENAI_API_KEY": "sk-0123456789"}
    place = {**os.environ, **asks, "PYTHONPATH": os.pathsep.join([str(folder), *sys.path, str(TESTS)])}
    (folder / "watch.py").write_text(WATCH, encoding="utf-8")
    shell = [*private, "sh", "-c", start, "sh", *command]
    done = subprocess.run(shell, cwd=folder, env=place, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_chat_endpoints_reach_loopback_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("langchain_openai", reason='needs pip install "pytest-robust[chat]"')
    (tmp_path / "chat.py").write_text(CHAT, encoding="utf-8")
    said = in_namespace([sys.executable, "chat.py"], tmp_path, loopback=True)
    assert "local ['Response'] Response(value={'text': 'answer to hi 0'" in said
    for name in ("hosted", "elsewhere"):
        assert f"{name} ['CallError']" in said
        assert f"message='{name} is live and --robust-live is not set'" in said
    assert said.splitlines()[-1] == "outside: []"


@pytest.mark.slow
def test_a_session_on_the_embedded_system_needs_no_network_at_all(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers", reason='needs pip install "pytest-robust[local]"')
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "typos.robust.yaml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "keeper.md").write_text("Tomas Veld keeps the lighthouse of Orlewick.", encoding="utf-8")
    (tmp_path / "docs" / "bridge.md").write_text("The bridge of Drennmouth opens at noon.", encoding="utf-8")
    questions = [json.dumps({**QUESTION, "id": f"q{number}"}) for number in range(40)]
    (tmp_path / "questions.jsonl").write_text("\n".join(questions), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--robust", "-q", "-p", "no:randomly"]
    said = in_namespace(command, tmp_path, loopback=False)
    assert "passed" in said.splitlines()[-1]
    assert "outside: []" in said


def test_the_watch_sees_what_would_leave(tmp_path: Path) -> None:
    (tmp_path / "watch.py").write_text(WATCH, encoding="utf-8")
    tries = "import watch, socket\nfor host in ('192.0.2.1', 'example.com', '127.0.0.1'):\n"
    tries += "    try: socket.create_connection((host, 9), 0.01)\n    except OSError: pass\nprint(watch.OUTSIDE)"
    said = in_namespace([sys.executable, "-c", tries], tmp_path, loopback=True)
    assert "look up example.com" in said
    assert "connect ('192.0.2.1', 9)" in said
    assert "127.0.0.1" not in said
