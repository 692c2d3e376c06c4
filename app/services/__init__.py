"""Verbs. Each runs the same in a view, a test and a job: the caller opens the transaction, names the actor and says what time it is."""
