"""The REST API: every path is in `routes.py`, every status code in `errors.py`."""
