"""The page: one offline HTML file that steps through the forward and the backward pass of a graph."""
