"""Figures and comparisons with peers, as ratios measured in one run."""
