"""The program: which objects land where."""
