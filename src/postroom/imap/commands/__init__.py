"""The IMAP commands, one module for each family. A command encodes itself and collects its answers."""
