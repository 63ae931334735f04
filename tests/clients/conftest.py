"""What pytest leaves alone here: the scripts that run beside clients which are generated first."""

collect_ignore = ["generated"]
