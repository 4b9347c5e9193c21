"""Models of this machine: language models, cross-encoders and sentence encoders, on processors and GPUs."""
