"""How the app gets to where people use it: a Space, a container, several processes behind nginx."""
