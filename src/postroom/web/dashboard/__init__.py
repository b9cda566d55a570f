"""The dashboard: what an operator sees and does in a browser."""
