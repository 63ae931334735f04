"""The contract, as schemas and OpenAPI: written from the page, not from the code that answers."""
