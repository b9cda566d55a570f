"""Mail as bytes and as text: transfer encodings, charsets, parts. Pure, and forgiving: mail comes from anyone."""
