"""The page of a diagnosis, which grows while the diagnosis runs."""
