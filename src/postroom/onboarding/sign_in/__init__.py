"""The hosted sign-in behind its pages: links, tries, registration."""
