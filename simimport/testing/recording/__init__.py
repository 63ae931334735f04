"""Recording a live server's answers until its import ends."""
