"""HTML of a mail for other pages and for readers of plain text. Pure."""
