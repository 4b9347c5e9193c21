"""Systems under test, from opaque callables to transparent RAG, and the trial that drives one case through one."""
