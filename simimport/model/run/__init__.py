"""One import: how it is drawn, its record, and what is published of it from instant to instant."""
