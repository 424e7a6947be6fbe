"""The paper venue: takes orders as a real one would, fills them from closed bars."""
