"""Tests of what the benchmarks claim."""
