"""The plugin without a broker: fed with whatever there may be, under sanitizers, millions of times."""
