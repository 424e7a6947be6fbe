"""Tests of the proof that decisions do not look ahead."""
