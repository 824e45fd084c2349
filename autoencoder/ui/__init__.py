"""The page: one module a tab, and what they share."""
