"""How does a table become complaints, with what became of them? The mapping is `api.md` §9; nothing here is particular to one source."""
