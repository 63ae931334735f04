"""How a service begins, at first and at each reset: what it is made with, and its lives."""
