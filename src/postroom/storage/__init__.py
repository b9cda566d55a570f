"""Rows and how to reach them: engines, tables, migrations, wake-ups and secrets; knows no domain behaviour."""
