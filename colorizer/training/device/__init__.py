"""Training on Keras' JAX backend: steps that leave the device no gap, and photographs in the device's memory."""
