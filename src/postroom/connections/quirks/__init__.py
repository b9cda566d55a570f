"""What is known about particular providers and servers: one TOML file each, their model, and the search."""
