"""The supervisor claims accounts, keeps one runner for each, and restarts it when the account's settings change."""
