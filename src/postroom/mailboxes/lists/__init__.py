"""Lists the messages of a folder for callers, page by page."""
