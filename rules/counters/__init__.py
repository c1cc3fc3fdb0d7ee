"""窓口の仕事: the counters of a town as staff set them up, and the visits as staff see, enter and end them."""
