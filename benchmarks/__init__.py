"""The workloads that the project is measured by, beside its peers in one run: `make bench`, and its report `docs/benchmarks.md`."""
