"""LangChain agents as systems under test: their tools can be disturbed, and what they do on the way is kept."""
