"""The tables of every path of the API, one module per noun."""
