"""Models and services asked over the network: what may leave the machine, at which pace, with what patience."""
