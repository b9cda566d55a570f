"""Stored data: engines, tables, migrations, wake-ups and sealed secrets; knows nothing about the domain."""
