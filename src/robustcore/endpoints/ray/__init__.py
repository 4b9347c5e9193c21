"""Batches of local models on the actors of a Ray cluster."""
