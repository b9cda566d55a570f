"""Pages for people: the hosted sign-in. Rendered here, without a line of JavaScript."""
