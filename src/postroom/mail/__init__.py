"""What a message and a folder are to a caller: message object, ids, contents, roles. Pure."""
