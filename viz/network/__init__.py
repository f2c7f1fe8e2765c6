"""The picture of a network: its layers as columns, its weights as wires between them; and as DOT."""
