"""Screens with one module each: the profile of whoever is signed in."""
