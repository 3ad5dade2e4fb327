using System.Globalization;
using System.Text.Json;

namespace Migrator.Testing.Network;

/// <summary>
/// A small AT Protocol network of real servers on loopback: a PLC directory and two reference PDSes, A (handles under
/// <c>.a.test</c>) and B (<c>.b.test</c>), more on demand. Starting takes seconds, so tests share one
/// (<see cref="SharedNetwork"/>) and make accounts of their own in it.
/// </summary>
public sealed class RealNetwork : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly List<PdsProcess> servers = [];
    private PlcProcess? plc;
    private PdsProcess? a;
    private PdsProcess? b;
    private int handles;
    private int folders;

    private RealNetwork()
    {
    }

    /// <summary>Temporary folder of everything the servers and the judge keep; gone with the network.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("migrator-network-").FullName;

    public PlcProcess Plc => plc!;

    public PdsProcess A => a!;

    public PdsProcess B => b!;

    /// <param name="likeProduction">
    /// The directory follows the rules that the real one has and its reference server lacks: Multikey in DID documents, 4000
    /// bytes an operation, ten operations an hour.
    /// </param>
    public static async Task<RealNetwork> StartAsync(CancellationToken cancel, bool likeProduction = true)
    {
        var network = new RealNetwork();
        try
        {
            network.plc = await PlcProcess.StartAsync(likeProduction, cancel);
            // One after the other would take twice as long: nearly all of it is Node.js reading its modules.
            var both = await Task.WhenAll(
                network.StartPdsAsync(new(".a.test"), cancel), network.StartPdsAsync(new(".b.test"), cancel));
            (network.a, network.b) = (both[0], both[1]);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more PDS, with settings of its own. The caller may stop it; the network ends it at the latest.</summary>
    public async Task<PdsProcess> StartPdsAsync(PdsOptions options, CancellationToken cancel)
    {
        var server = await PdsProcess.StartAsync(options, NewFolder("pds"), Plc.Url, cancel);
        lock (servers)
            servers.Add(server);
        return server;
    }

    /// <summary>A handle under the server's domain that no account of this network has.</summary>
    public string NewHandle(PdsProcess pds, string start = "user") =>
        string.Create(CultureInfo.InvariantCulture, $"{start}{Interlocked.Increment(ref handles)}{pds.Options.HandleDomain}");

    /// <summary>An account with a did:plc, made by the server, and filled.</summary>
    /// <param name="handle">Null: a new one.</param>
    public Task<FilledAccount> CreateAccountAsync(
        PdsProcess pds, CancellationToken cancel, string? handle = null, FillOptions? fill = null) =>
        FillAsync(pds.Url, handle ?? NewHandle(pds), fill ?? new(), cancel);

    /// <summary>An account whose identity is a web page; the caller stops the page when the test is over.</summary>
    public async Task<(FilledAccount Account, DidWebProcess Page)> CreateDidWebAccountAsync(
        PdsProcess pds, CancellationToken cancel, FillOptions? fill = null)
    {
        var (handle, options) = (NewHandle(pds), fill ?? new());
        var page = await DidWebProcess.StartAsync(pds, handle, options.Password, cancel);
        return (await FillAsync(pds.Url, handle, options, cancel, "--sign-in"), page);
    }

    /// <summary>Adds posts, pictures, likes and follows to an account. Answers with what was added.</summary>
    public Task<FilledAccount> AddToAsync(FilledAccount account, FillOptions fill, CancellationToken cancel) =>
        FillAsync(account.Pds, account.Handle, fill with { Password = account.Password }, cancel, "--existing");

    /// <summary>The code that the server would have mailed to the owner; null if none was asked for.</summary>
    public async Task<string?> ReadCodeAsync(
        PdsProcess pds, string did, CancellationToken cancel, string purpose = CodePurpose.PlcOperation)
    {
        string[] arguments = ["--data", pds.DataFolder, "--did", did, "--purpose", purpose];
        return (await NodeProcess.RunAsync("code.mjs", arguments, cancel)).GetProperty("code").GetString();
    }

    /// <summary>Makes the mailed code older. The servers take codes for 15 minutes.</summary>
    public Task AgeCodeAsync(
        PdsProcess pds, string did, TimeSpan by, CancellationToken cancel, string purpose = CodePurpose.PlcOperation)
    {
        var minutes = by.TotalMinutes.ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["--data", pds.DataFolder, "--did", did, "--purpose", purpose, "--age-minutes", minutes];
        return NodeProcess.RunAsync("code.mjs", arguments, cancel);
    }

    /// <summary>Writes down what the account is now, for <see cref="JudgeAsync"/> later.</summary>
    /// <param name="password">Given, the preferences are written down too.</param>
    public async Task<AccountSnapshotFolder> SnapshotAsync(PdsProcess pds, string did, CancellationToken cancel, string? password = null)
    {
        List<string> arguments =
        [
            "--pds", pds.Url, "--did", did, "--out", NewFolder("snapshot"), "--plc", Plc.Url,
            "--admin-password", pds.Options.AdminPassword,
        ];
        if (password is not null)
            arguments.AddRange(["--password", password]);
        var facts = await NodeProcess.RunAsync("snapshot.mjs", arguments, cancel);
        return facts.Deserialize<AccountSnapshotFolder>(Json)! with { Folder = facts.GetProperty("out").GetString()! };
    }

    /// <summary>Asks the independent judge, who knows only the reference libraries, whether the account is still the same.</summary>
    public async Task<JudgeReport> JudgeAsync(JudgeRequest request, CancellationToken cancel)
    {
        const int notTheSame = 1, couldNotJudge = 2;
        var report = await NodeProcess.RunAsync("judge.mjs", request.ToArguments(Plc.Url), cancel, notTheSame, couldNotJudge);
        return report.Deserialize<JudgeReport>(Json)!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in servers)
            await server.DisposeAsync();
        if (plc is not null)
            await plc.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<FilledAccount> FillAsync(
        string pds, string handle, FillOptions fill, CancellationToken cancel, params string[] more)
    {
        string[] arguments = ["--pds", pds, "--handle", handle, .. fill.ToArguments(), .. more];
        return (await NodeProcess.RunAsync("fill.mjs", arguments, cancel)).Deserialize<FilledAccount>(Json)!;
    }

    private string NewFolder(string kind)
    {
        var number = Interlocked.Increment(ref folders).ToString(CultureInfo.InvariantCulture);
        return Directory.CreateDirectory(Path.Combine(Folder, $"{kind}-{number}")).FullName;
    }
}
