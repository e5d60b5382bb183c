"""Files of other tools, one module a tool: labels and poses side by side."""
