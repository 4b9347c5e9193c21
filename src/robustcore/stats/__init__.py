"""Estimates with intervals. Pure functions of rows; SciPy is imported only when a bound is asked for."""
