"""Which tracks there are, and what is known of them."""
