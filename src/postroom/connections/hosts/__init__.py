"""Hosts and names: one spelling for each host, the address policy, and the resolver."""
