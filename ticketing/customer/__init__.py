"""What is known of a customer beside his tickets: contracts, what happens where he lives, consents, notes."""
