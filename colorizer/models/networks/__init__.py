"""One file a network; the file's name is the model's name. Each declares what it offers as `NETWORK`."""
