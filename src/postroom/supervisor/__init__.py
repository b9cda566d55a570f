"""Makes it so: claims accounts, runs one runner for each, starts it anew when what is wanted has changed."""
