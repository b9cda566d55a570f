"""Composition root: every service is built here, once, from the services that it names."""
