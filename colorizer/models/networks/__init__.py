"""One file per network; the file's name is the model's name. Each file declares a `NETWORK`; see `models.info`."""
