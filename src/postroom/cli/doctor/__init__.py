"""`postroom doctor`: its checks and its report."""
