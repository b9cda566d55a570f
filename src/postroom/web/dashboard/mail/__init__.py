"""The screens of an account's mail: folders, lists, one message, and the frame that shows HTML."""
