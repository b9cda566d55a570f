"""HTTP of downloads: names and types that are safe, ranges, and the answer that streams."""
