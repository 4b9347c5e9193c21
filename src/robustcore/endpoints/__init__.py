"""What answers calls: scripted replies, encoders, user callables. Heavy imports happen inside functions only."""
