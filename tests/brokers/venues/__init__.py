"""Tests of single venues."""
