"""Traces from files of any form: one room for each form, and one for the choice between them."""
