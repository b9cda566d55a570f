"""The hosted sign-in behind its pages: links, attempts, registration."""
