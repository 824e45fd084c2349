"""The page's tabs, a module each."""
