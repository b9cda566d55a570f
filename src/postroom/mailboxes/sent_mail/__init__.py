"""The folder of sent mail: stores the copy of a sent message there once, and finds out whether one is there."""
