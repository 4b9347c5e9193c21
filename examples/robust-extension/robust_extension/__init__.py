"""What this package adds to pytest-robust."""
