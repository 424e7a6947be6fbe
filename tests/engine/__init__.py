"""Tests of the engine role."""
