"""Checks that keep the house in order; each is also a test."""
