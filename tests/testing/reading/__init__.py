"""Tests of the forms of traces."""
