"""Tests of who acts, what they may do, and what is kept of it."""
