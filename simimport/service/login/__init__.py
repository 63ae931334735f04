"""Logging in: what an account is, how accounts are given, and what a body of ``login`` asks for."""
