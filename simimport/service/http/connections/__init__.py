"""The connections of the HTTP server: what one may send, how many there may be, polls answered at once."""
