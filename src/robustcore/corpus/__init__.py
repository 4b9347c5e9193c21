"""Documents, passages and questions, and the file formats they are read from."""
