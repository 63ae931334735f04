"""The service: what is served, in process and over HTTP. It adds a clock and the operations to the model."""
