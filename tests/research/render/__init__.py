"""Tests of renderings."""
