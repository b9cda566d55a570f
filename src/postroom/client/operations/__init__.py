"""One function for each operation of the API: from its arguments to the request. Pure."""
