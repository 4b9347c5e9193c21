"""Operators on the tools of an agent: faults as data, and what a fault makes of a result."""
