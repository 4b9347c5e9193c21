"""Benchmarks: each prints ratios, every figure beside the bare-pytest or naive one of the same run."""
