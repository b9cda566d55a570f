"""The sync of one folder: the plan, the questions to the server, and the events that report changes."""
