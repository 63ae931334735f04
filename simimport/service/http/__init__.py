"""The service over HTTP: the application, and the server in front of it."""
