"""Design of a dryer: what it does, how long it must be, and the fastest way to heat it."""
