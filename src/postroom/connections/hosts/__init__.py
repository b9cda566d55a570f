"""Hosts and names: their one spelling, the address policy, the resolver."""
