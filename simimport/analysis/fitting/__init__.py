"""From recorded traces to a scenario, and from there to what is still to come."""
