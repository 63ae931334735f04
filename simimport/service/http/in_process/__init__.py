"""Clients of an application in this process: whole requests and answers, and no socket."""
