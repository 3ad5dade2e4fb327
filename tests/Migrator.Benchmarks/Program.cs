using System.Globalization;
using Migrator.Benchmarks;

return args switch
{
    ["make-repo", var count, var order, var file] => RepoMaker.Make(int.Parse(count), order, file),
    ["verify", .. var files] => await VerifyRun.FromFilesAsync(files),
    ["summarize", var file] => await VerifyRun.SummarizeAsync(file),
    ["stream", var file] => await VerifyRun.FromStreamAsync(file),
    ["compare-verify", var file, var peer, var rounds, .. var more] => PairedVerify.Run(file, peer, Int(rounds), more.FirstOrDefault("verify")),
    ["diff", var first, var second] => await DiffRun.RunAsync(first, second),
    ["blobs", .. var more] => await BlobBenchmark.RunAsync(Number(more, 0, 5)),
    ["blob-set", var manifest, var count, var bytes] => BlobSet.Make(manifest, Int(count), Int(bytes)),
    ["blob-copy", var from, var to, var manifest, var atOnce] => await BlobCopy.RunAsync(from, to, manifest, Int(atOnce)),
    ["stub-pds", var manifest, var giveMs, var takeMs] => await StubPds.RunAsync(manifest, Int(giveMs), Int(takeMs)),
    ["copy", var program, .. var more] => await CopyBenchmark.RunAsync(
        program, Number(more, 0, 5), Number(more, 1, 5000), Number(more, 2, 300), more.Length > 3 ? more[3..].Select(Int).ToArray() : [8]),
    ["cut", var program, .. var more] => await CutBenchmark.RunAsync(program, Number(more, 0, 5), Number(more, 1, 5000), Number(more, 2, 300)),
    ["memory", var program, .. var more] => await MemoryBenchmark.RunAsync(program, Number(more, 0, 100_000)),
    ["make-account-repo", var did, var records, var file] => MemoryBenchmark.MakeRepo(did, Int(records), file),
    ["age-seal" or "age-open", .. var more] => await AgeBenchmark.RunAsync(args[0], Number(more, 0, 5), Number(more, 1, 1024)),
    ["age-seal-one", var recipient, var file] => await AgeBenchmark.SealAsync(recipient, file),
    ["age-open-one", var key, var file] => await AgeBenchmark.OpenAsync(key, file),
    ["backup-first", .. var more] => await BackupBenchmark.FirstAsync(Number(more, 0, 3), Number(more, 1, 2000), Number(more, 2, 250_000), Number(more, 3, 100_000)),
    ["backup-change", .. var more] => await BackupBenchmark.ChangeAsync(Number(more, 0, 100_000), Number(more, 1, 30)),
    ["backup-live", .. var more] => await BackupLive.RunAsync(Number(more, 0, 3), Number(more, 1, 2000), Number(more, 2, 300), Number(more, 3, 100_000)),
    ["backup-set", var folder, var records, var blobs, var bytes] => BackupSet.Make(folder, Int(records), Int(blobs), Int(bytes)).Head is null ? 1 : 0,
    ["backup-one", var set, var work, .. var more] => await BackupOne.FirstAsync(set, work, more.FirstOrDefault("")),
    ["backup-check", var work] => await BackupOne.CheckAsync(work),
    _ => Unknown(),
};

static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Number(string[] words, int index, int otherwise) => words.Length > index ? Int(words[index]) : otherwise;

static int Unknown()
{
    Console.Error.WriteLine("Name a benchmark; see docs/benchmarks.md.");
    return 2;
}
