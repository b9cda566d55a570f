"""The overview: what needs a person first, then whether mail flows; and the nodes."""
