"""The commands of IMAP, one module for each family: encode it, fold its answers, do without the extension."""
