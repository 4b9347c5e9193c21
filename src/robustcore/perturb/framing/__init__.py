"""Operators around the question: authority, pressure, emotion, and the conversation before it."""
