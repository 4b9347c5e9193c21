"""Measures: values with canonical names; ``score`` turns a trial into a number or a counted reason."""
