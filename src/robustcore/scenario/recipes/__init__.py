"""Recipes: a published method as the parts of a scenario, so that ``use: rare``, data and a system are enough."""
