"""The documentation as a site: what MkDocs is told besides mkdocs.yml."""
