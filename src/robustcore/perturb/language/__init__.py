"""What operators know of language: words and sentences of a text, what may be edited, word lists; no operator."""
