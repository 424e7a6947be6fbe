"""The ways in which a version can be written, one folder each."""
