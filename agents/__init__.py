"""The roles: each file turns the records of a case into the next one (plan, draft, objections); none asks a model."""
