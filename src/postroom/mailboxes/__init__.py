"""Work on an account's folders for callers of the API, over a borrowed session."""
