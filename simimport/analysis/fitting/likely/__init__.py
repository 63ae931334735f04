"""What is likely of the parameters, given stretches of work and failures: draws from the posterior."""
