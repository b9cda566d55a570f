"""What EmailEngine has in the words of Postroom: accounts with their servers, applications, settings."""
