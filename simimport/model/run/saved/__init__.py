"""What a saved run is on disk, and what it may hold."""
