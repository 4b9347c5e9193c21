"""Gates: a threshold on an aggregate, judged by its interval, with the sentence it licenses."""
