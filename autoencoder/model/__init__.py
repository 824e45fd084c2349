"""The network: encoder, latent code, decoder, and the refinement of codes."""
