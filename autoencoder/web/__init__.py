"""The web application: page, routes, public endpoints, security."""
