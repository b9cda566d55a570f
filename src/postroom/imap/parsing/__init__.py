"""Turns the bytes of a server into typed responses. Pure."""
