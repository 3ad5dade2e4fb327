Console.WriteLine("Name a benchmark; see docs/benchmarks.md.");
