"""The HTTP server: one socket, and a door before the API that bounds what a stranger can cost."""
