"""What may be changed while Postroom runs: the settings of `/v1/settings`, kept in the database."""
