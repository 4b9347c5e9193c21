"""An agent in a conversation: what was said before its task, and what its user says once it has answered."""

from __future__ import annotations

from robustcore.calls.types import Flow
from robustcore.perturb.edit import Talk
from robustcore.perturb.tools.faults import ToolFaults
from robustcore.systems.base import AgentSystem, Answer, Task


def conversed(system: AgentSystem, question: str, faults: ToolFaults, talk: Talk, *, replicate: int) -> Flow[Answer]:
    """Return the flow that puts ``question`` after the earlier messages of ``talk``, then says the rest of it.

    A turn is a run of its own, with the system's own replies to the turns before in view; the last one counts.
    """
    history, text = talk.before, question
    answer = yield from system.perform(Task(question=text, history=history, faults=faults), replicate=replicate)
    for turn in talk.after:
        history = (*history, ("user", text), ("assistant", answer.text))
        text = turn
        answer = yield from system.perform(Task(question=text, history=history, faults=faults), replicate=replicate)
    return answer
