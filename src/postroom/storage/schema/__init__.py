"""Parts of the schema: the kinds of columns, and the tables of single rooms. `storage/tables` has the rest."""
