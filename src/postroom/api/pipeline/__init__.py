"""The steps of every request: route, token, body, answer, error."""
