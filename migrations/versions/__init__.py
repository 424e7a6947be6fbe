"""Revisions in order; file names are NNNN_<slice>.py."""
