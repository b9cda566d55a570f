"""The commands that run a gateway on this machine and look after its data."""
