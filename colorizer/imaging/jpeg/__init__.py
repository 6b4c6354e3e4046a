"""JPEG, the format of most photographs: what a file must be before it is decoded, and encoding on all cores."""
