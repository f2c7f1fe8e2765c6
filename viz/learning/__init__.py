"""The page on which a network learns: its programs printed as JavaScript, its samples, and what shows them."""
