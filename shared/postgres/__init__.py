"""The database: our own embedded server or the operator's, its roles, schemas and connections."""
