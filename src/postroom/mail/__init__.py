"""The shapes of messages and folders for callers: message object, ids, contents, roles. Pure."""
