"""From one scale to another, each with what it conserves."""
