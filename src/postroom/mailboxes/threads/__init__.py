"""Lists and reads threads for callers."""
