"""The nodes of one installation: their heartbeats, leases, load and shares of the accounts."""
