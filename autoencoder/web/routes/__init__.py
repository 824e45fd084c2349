"""The page's own HTTP routes."""
