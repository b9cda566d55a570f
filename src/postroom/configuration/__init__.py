"""The settings that can be changed while Postroom runs (`/v1/settings`), stored in the database."""
