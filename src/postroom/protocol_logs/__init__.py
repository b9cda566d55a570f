"""The protocol logs of accounts: who is listened to, what is kept, how it is read."""
