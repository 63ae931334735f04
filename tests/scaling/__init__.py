"""How cost grows: time and memory of what this package does, from small to large, and the exponents."""
