"""What people may ask about themselves: to see what is held of them, to have it erased or put right."""
