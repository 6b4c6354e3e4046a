"""TIFF, the format of masters: several pages, 16 bits, alpha, and kinds of pixels that Pillow does not know."""
