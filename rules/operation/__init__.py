"""Running an installation: the schema, the doctor, the log of acts."""
