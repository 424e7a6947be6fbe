"""How far a result can be believed, given how often somebody looked."""
