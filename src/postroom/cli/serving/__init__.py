"""`postroom serve`: one process or several workers, from start to orderly stop."""
