"""手続き: the catalogue of a town, how one is found, published and described."""
