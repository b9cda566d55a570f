"""HTTP of downloads, for API and dashboard: names and types that are safe, ranges, and the answer that streams."""
