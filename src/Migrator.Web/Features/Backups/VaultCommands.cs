using System.Text.Json;
using Migrator.Core.Age;
using Migrator.Core.AtProto;
using Migrator.Core.Backups;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.Web.Components;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Backups;

/// <summary>
/// <c>migrator snapshots</c>, <c>take-out</c> and <c>bring-back</c>: what is in a vault, and out with it. No web server, no database, no
/// settings: a machine that never saw the vault, the vault and the private key are all that is needed.
/// </summary>
internal static class VaultCommands
{
    public static Task<int> ListAsync(string[] args) => RunAsync(VaultArguments.Snapshots, args, async (arguments, vault, identities, _, cancel) =>
    {
        var found = await SnapshotReader.ListAsync(vault, identities, cancel);
        if (arguments.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(found.Where(one => Fits(one, arguments)).Select(Facts), JsonSerializerOptions.Web));
        else
            Print(found, arguments, vault);
        return found.Any(one => one.Manifest is not null && Fits(one, arguments)) ? 0 : CommandLine.NoSuchAccount;
    });

    public static Task<int> TakeOutAsync(string[] args) => RunAsync(VaultArguments.TakeOut, args, async (arguments, vault, identities, _, cancel) =>
    {
        var (chosen, refused) = await ChooseAsync(VaultArguments.TakeOut, arguments, vault, identities, cancel);
        if (chosen is null)
            return refused;
        var snapshot = await SnapshotReader.OpenAsync(vault, chosen.Name.Name, identities, cancel);
        var taken = await SnapshotExport.RunAsync(snapshot, arguments.To!, null, cancel);
        Console.Out.WriteLine(
            $"{NameOf(chosen)} as of {chosen.Name.TakenAt:yyyy-MM-dd HH:mm} UTC is in {arguments.To}: {taken.Records:N0} records, {taken.Blobs:N0} files"
            + (taken.Preferences ? ", preferences." : ". Preferences were not in the backup."));
        foreach (var lost in taken.Lost)
            Console.Error.WriteLine($"lost: {lost.Cid}: {lost.Reason}");
        return taken.IsWhole ? 0 : CommandLine.NotWhole;
    });

    public static Task<int> BringBackAsync(string[] args) => RunAsync(VaultArguments.BringBack, args, async (arguments, vault, identities, services, cancel) =>
    {
        var (chosen, refused) = await ChooseAsync(VaultArguments.BringBack, arguments, vault, identities, cancel);
        if (chosen is null)
            return refused;
        var snapshot = await SnapshotReader.OpenAsync(vault, chosen.Name.Name, identities, cancel);
        return await BringBack.RunAsync(snapshot, arguments, services, cancel);
    });

    /// <summary>The newest snapshot that fits; null and the exit code when there is none, or no single account.</summary>
    internal static async Task<(FoundSnapshot? Chosen, int Refused)> ChooseAsync(
        string word, VaultArguments arguments, IVault vault, IReadOnlyList<AgeIdentity> identities, CancellationToken cancel)
    {
        var found = await SnapshotReader.ListAsync(vault, identities, cancel);
        var fitting = found.Where(one => one.Manifest is not null && Fits(one, arguments) && !(one.Name.TakenAt > arguments.At)).ToList();
        if (fitting.DistinctBy(one => one.Manifest!.Did).Count() > 1)
        {
            Console.Error.WriteLine($"migrator {word}: there are snapshots of several accounts. Name one with --account.");
            return (null, CommandLine.BadSettings);
        }

        if (fitting.FirstOrDefault() is { } chosen)
            return (chosen, 0);
        Console.Error.WriteLine($"migrator {word}: {vault.Name} has no such snapshot that this key opens.");
        return (null, CommandLine.NoSuchAccount);
    }

    internal static async Task<int> RunAsync(
        string word, string[] args, Func<VaultArguments, IVault, IReadOnlyList<AgeIdentity>, IServiceProvider, CancellationToken, Task<int>> run)
    {
        if (!VaultArguments.TryRead(word, args, out var arguments, out var fault))
        {
            Console.Error.WriteLine($"migrator {word}: {fault} See migrator --help.");
            return CommandLine.BadSettings;
        }

        using var cancel = new CancellationTokenSource();
        ConsoleCancelEventHandler stop = (_, pressed) =>
        {
            pressed.Cancel = true;
            cancel.Cancel();
        };
        Console.CancelKeyPress += stop;
        try
        {
            if (!AgeIdentity.TryParseFile(await File.ReadAllTextAsync(arguments.Identity, cancel.Token), out var identities))
                throw new IOException($"{arguments.Identity} holds no private key. It has a line that begins with AGE-SECRET-KEY-1.");
            var (settings, credentials) = arguments.ReadPlace();
            // A folder that is not there must not be made by looking into it.
            if (settings is FileVaultSettings folder && !Directory.Exists(folder.Folder))
                throw new IOException($"there is no folder {folder.Folder}.");
            var configuration = CommandLine.ReadConfiguration([.. args.Where(arg => arg.StartsWith("--Migrator:", StringComparison.OrdinalIgnoreCase))]);
            await using var services = new ServiceCollection()
                .AddLogging().AddAtProto(configuration).AddVaults().AddDrills(configuration).BuildServiceProvider();
            services.CheckSettings();
            await using var vault = services.GetRequiredService<IVaultFactory>().Open(settings, credentials);
            return await run(arguments, vault, identities, services, cancel.Token);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return CommandLine.Interrupted;
        }
        catch (SnapshotFaultException damaged)
        {
            Console.Error.WriteLine($"migrator {word}: {damaged.Message}");
            return CommandLine.NotWhole;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or VaultException or ArgumentException)
        {
            Console.Error.WriteLine($"migrator {word}: {broken.Message}");
            return CommandLine.CannotReachStorage;
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }
    }

    private static bool Fits(FoundSnapshot one, VaultArguments arguments) =>
        arguments.Account is not { } account || one.Manifest is { } manifest
        && (manifest.Did.ToString() == account || string.Equals(manifest.Handle?.ToString(), account, StringComparison.OrdinalIgnoreCase));

    private static string NameOf(FoundSnapshot one) => one.Manifest!.Handle?.ToString() ?? one.Manifest.Did.ToString();

    private static void Print(IReadOnlyList<FoundSnapshot> found, VaultArguments arguments, IVault vault)
    {
        foreach (var one in found.Where(one => one.Manifest is not null && Fits(one, arguments)))
        {
            var manifest = one.Manifest!;
            Console.Out.WriteLine(
                $"{one.Name.TakenAt:yyyy-MM-dd HH:mm}  {NameOf(one),-32}  {manifest.Repo.Records.Values.Sum(),9:N0} records  {manifest.Blobs.Count,7:N0} files"
                + (manifest.Blobs.Absent > 0 ? $"  ({manifest.Blobs.Absent:N0} files were missing)" : "") + $"  {manifest.Did}");
        }

        foreach (var problem in found.Where(one => one.Problem is not null).GroupBy(one => one.Problem!.Fault))
        {
            Console.Error.WriteLine(problem.Key == SnapshotFault.WrongKey
                ? $"{problem.Count():N0} snapshots in {vault.Name} are sealed to another key."
                : string.Join('\n', problem.Select(one => $"not readable: {one.Problem!.Message}")));
        }
    }

    private static object Facts(FoundSnapshot one) => new
    {
        name = one.Name.Name,
        takenAt = one.Name.TakenAt,
        did = one.Manifest?.Did.ToString(),
        handle = one.Manifest?.Handle?.ToString(),
        rev = one.Manifest?.Repo.Rev,
        records = one.Manifest?.Repo.Records,
        blobs = one.Manifest?.Blobs.Count,
        absentBlobs = one.Manifest?.Blobs.Absent,
        signedBy = one.Signature?.Key,
        signatureGood = one.Signature?.IsGood,
        problem = one.Problem?.Message,
    };
}
