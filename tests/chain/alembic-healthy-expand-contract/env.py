# made up
