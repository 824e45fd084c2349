"""What measurements and tests run around them: the app, web servers, clients, a small set of images."""
