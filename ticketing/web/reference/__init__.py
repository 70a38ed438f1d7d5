"""The OpenAPI document as a page to read."""
