"""Tests of how far a result can be believed."""
