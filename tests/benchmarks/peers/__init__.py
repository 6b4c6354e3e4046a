"""The clock beside other colourisers: networks of their size, written from their papers, with random weights.

- `networks`: the networks, for Keras
- `compare`: times them in the path that our own network takes, from a grey JPEG to a colour JPEG
"""

SIDES = {"eccv16": 256, "siggraph17": 256, "ddcolor_tiny": 512, "deoldify_artistic": 544}
"""The networks, and the side in pixels of the square that each sees: its authors' default (DeOldify: a render
factor of 34, of its usual 35, since 560 is no multiple of 32)."""
