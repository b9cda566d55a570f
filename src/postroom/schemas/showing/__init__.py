"""How values of the product are shown to callers, by noun. Pure."""
