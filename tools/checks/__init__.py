"""The checks of tidy, one file per kind of rule."""
