"""Mail as bytes and as text: transfer encodings, charsets, parts. Pure, and tolerant of malformed mail."""
