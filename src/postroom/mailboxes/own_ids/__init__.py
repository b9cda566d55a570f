"""Finds messages by the ids that the mail server itself gives them: OBJECTID (RFC 8474) and X-GM-EXT-1."""
