"""Who acts, whose data it is, what they may do, what was done, and which secrets they keep."""
