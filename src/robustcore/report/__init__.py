"""The report of a session: plain data with a versioned schema, and its writers."""
