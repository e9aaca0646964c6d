"""The engine's door: gRPC, jobs, workers, and what they fetch, store and tell."""
