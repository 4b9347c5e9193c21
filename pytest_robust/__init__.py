"""The pytest plugin: knows pytest, knows nothing about models. Importing it loads nothing else."""
