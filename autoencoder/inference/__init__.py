"""The engine that answers: images and numbers in, images and numbers out."""
