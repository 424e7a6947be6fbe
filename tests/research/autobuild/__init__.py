"""Tests of AutoBuild."""
