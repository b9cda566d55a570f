"""`postroom account import`: accounts from a file, each registered once, also after an interruption."""
