"""The HTTP server: one socket, and a door in front of the API that limits what an unknown client can cost."""
