"""Bounces and complaints that come in, and the submissions they are about."""
