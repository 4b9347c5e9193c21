"""Perturbation operators: one file per family; importing a family registers its operators."""
