"""From constraints to a validated portfolio: discover, coverage, optimise, assemble."""
