"""Whom the service has to do with: those whom a body brings, and those who are on the server."""
