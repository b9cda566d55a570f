"""PURE. The protocol of submission (RFC 5321, 6409): replies, extensions, commands, and what an answer means."""
