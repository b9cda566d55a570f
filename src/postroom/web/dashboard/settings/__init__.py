"""The settings: those that change at run time, and those of the process."""
