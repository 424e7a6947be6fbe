"""Tests of equal bytes on every path."""
