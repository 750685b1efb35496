"""What a series of numbers says about itself: numpy only, sources cited, no file and no clock."""
