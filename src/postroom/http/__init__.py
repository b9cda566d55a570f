"""What both ends of HTTP need: the body of an answer, paths of requests and files."""
