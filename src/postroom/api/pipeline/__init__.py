"""The steps that every request takes: route, token, body, answer, error."""
