"""Which tracks there are, and what is known about them."""
