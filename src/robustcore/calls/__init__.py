"""The engine: calls keyed by content, flows driven in lock-step, a ledger that never loses a response."""
