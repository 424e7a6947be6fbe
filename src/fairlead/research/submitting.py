"""Turn what a client asked for into a submission that can run later, checked as far as it can be.

Nothing here compiles or computes: the process that answers HTTP stays light.
"""

UNFINISHED_MAX = 20
