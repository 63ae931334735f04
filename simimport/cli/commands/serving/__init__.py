"""What `simimport serve` is made of: the service, who listens, what is said, and how it ends."""
