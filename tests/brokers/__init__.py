"""Tests of the venues and of the contract that all of them keep."""
