"""The picture of a computation graph: drawn up, folded where it is large, placed by Graphviz, painted; and as DOT."""
