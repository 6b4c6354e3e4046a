"""One file per network with its facts: the file's name is the model's name. Read without Keras, unlike `networks`."""
