"""Files of other people: bytes in, columns of numbers out."""
