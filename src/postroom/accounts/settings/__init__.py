"""The settings of an account: typed values, and the pure functions that change, mask and check them."""
