"""One module per file format. Readers return values and put what is wrong into a `Faults`, so all of it is shown."""
