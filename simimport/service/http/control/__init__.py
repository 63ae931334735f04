"""The control plane in detail: what there is, what its bodies say, and the document that tells of both."""
