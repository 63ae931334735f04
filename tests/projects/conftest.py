"""What pytest leaves alone here: the projects, each of which has a suite of its own."""

collect_ignore = ["page", "python"]
