"""A page of an imagined utility with the chat on it, for looking and for demonstrations."""

from channels.webchat.demo.page import demo_routes

__all__ = ["demo_routes"]
