"""What is demanded of sigma. A package of its own: a client that is tried here brings another."""
