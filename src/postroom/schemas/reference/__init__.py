"""The reference of the API as values: its OpenAPI document, read for people. Both the API and the dashboard show it."""
