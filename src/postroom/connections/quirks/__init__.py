"""What is known of particular mail providers and servers: one TOML file each, the model of these files, the search."""
