"""Charts: drawn on the server as SVG, without a script. The theme colours them by their classes."""
