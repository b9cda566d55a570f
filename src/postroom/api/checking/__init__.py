"""Checks the body and the query of a request and names every problem."""
