"""The reference of the API, in which each operation can be tried."""
