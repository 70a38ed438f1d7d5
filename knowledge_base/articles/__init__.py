"""Articles: what customers and agents look up, in every language the company answers in."""
