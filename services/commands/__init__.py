"""The commands of `redress`, by what they are for. Each loads what it needs when it is called: all of it together takes a second."""
