"""The index of threads: what each known message is called, and which thread it belongs to."""
