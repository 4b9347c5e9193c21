"""The default system: a small RAG over the user's corpus that runs offline, and whose parts can be read and copied."""

from robustcore.systems.embedded.system import EmbeddedSystem

__all__ = ["EmbeddedSystem"]
