"""How things are said and shown to people. Knows no import."""
