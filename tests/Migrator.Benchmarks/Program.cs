using Migrator.Benchmarks;

return args switch
{
    ["make-repo", var count, var order, var file] => RepoMaker.Make(int.Parse(count), order, file),
    ["verify", .. var files] => await VerifyRun.RunAsync(files),
    ["diff", var first, var second] => await DiffRun.RunAsync(first, second),
    _ => Unknown(),
};

static int Unknown()
{
    Console.Error.WriteLine("Name a benchmark; see docs/benchmarks.md.");
    return 2;
}
