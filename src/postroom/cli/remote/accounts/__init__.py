"""`postroom account`: the commands about accounts."""
