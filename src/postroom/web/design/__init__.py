"""The design that all pages share: colours, type, components, icons, and how values become words."""
