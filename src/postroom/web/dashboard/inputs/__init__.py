"""The inputs of forms, made from what the schemas of the API say of each field."""
