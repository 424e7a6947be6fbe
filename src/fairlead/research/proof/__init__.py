"""Proof that a strategy's decisions use nothing later than their own bar."""
