"""The same work on two frameworks as they come: small programs that run in environments of their own."""
