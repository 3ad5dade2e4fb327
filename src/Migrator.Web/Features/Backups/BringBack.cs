using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Backups;

/// <summary>
/// <c>migrator bring-back</c>: records that are gone from a living account, and files that its server lost, come back from a snapshot.
/// Without a password it only says what would come back. What is there now is never changed.
/// </summary>
internal static class BringBack
{
    public static async Task<int> RunAsync(OpenedSnapshot snapshot, VaultArguments arguments, IServiceProvider services, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-bring-back-");
        try
        {
            var resolved = await services.GetRequiredService<IdentityResolver>().ResolveAsync(snapshot.Manifest.Did.ToString(), cancel);
            if (resolved.Identity is not { } identity)
                return Refuse(resolved.Message, CommandLine.Undecided);
            using var then = await snapshot.OpenRepoAsync(folder.CreateSubdirectory("then").FullName, cancel);
            using var files = new SnapshotAccountSource(snapshot, folder.CreateSubdirectory("files").FullName);
            using var account = new AccountReturn(
                then, files, await KeptAsync(snapshot, cancel), identity, arguments.Choice, services.GetRequiredService<PdsClientFactory>(), folder.FullName);
            if (await account.LookAsync(null, cancel) is { } stop)
                return Refuse($"{stop.Message} Nothing was written.", stop.MayPass ? CommandLine.Undecided : CommandLine.NotWhole);
            Print(account, identity);
            return arguments.PasswordFile is null || (account.Preview!.Records.Count == 0 && account.Sweep is null or { Lost.Count: 0 })
                ? 0
                : await WriteAsync(account, identity, arguments.PasswordFile, services, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlySet<Cid>> KeptAsync(OpenedSnapshot snapshot, CancellationToken cancel)
    {
        var kept = new HashSet<Cid>();
        await foreach (var blob in snapshot.ListBlobsAsync(cancel))
        {
            if (blob.Absent is null)
                kept.Add(blob.Cid);
        }

        return kept;
    }

    private static void Print(AccountReturn account, ResolvedIdentity identity)
    {
        var name = identity.VerifiedHandle?.ToString() ?? identity.Did.ToString();
        var preview = account.Preview!;
        Console.Out.WriteLine(preview.Records.Count == 0
            ? $"Nothing that was asked for is gone from {name}."
            : $"Gone from {name} since then, and to come back: {preview.Records.Count:N0} records");
        foreach (var (kind, count) in preview.RecordsByCollection.OrderByDescending(kind => kind.Value))
            Console.Out.WriteLine($"  {count,7:N0}  {kind}");
        if (preview.NotChosen > 0)
            Console.Out.WriteLine($"Gone as well, and not asked for: {preview.NotChosen:N0}.");
        if (preview.Changed.Count > 0)
            Console.Out.WriteLine($"Changed since then, and left as they are now: {preview.Changed.Count:N0}.");
        if (account.Sweep is { } sweep)
            Console.Out.WriteLine($"Files that {account.Host} does not give out: {sweep.Lost.Count:N0} of {sweep.Total:N0}; in the backup: {sweep.Lost.Count(file => account.Has(file.Cid)):N0}.");
    }

    private static async Task<int> WriteAsync(
        AccountReturn account, ResolvedIdentity identity, string passwordFile, IServiceProvider services, CancellationToken cancel)
    {
        var password = (await File.ReadAllLinesAsync(passwordFile, cancel)).FirstOrDefault()?.Trim();
        if (string.IsNullOrEmpty(password))
            return Refuse($"{passwordFile} has no password in its first line.", CommandLine.BadSettings);
        var servers = services.GetRequiredService<PdsClientFactory>();
        var opened = await servers.Anonymous(identity.Pds).CreateSessionAsync(SignInName.Of(identity.Did, identity.VerifiedHandle), password, null, cancel);
        if (!opened.IsOk)
            return Refuse($"{account.Host} did not let you sign in: {opened.Error.Message} An app password is enough. Nothing was written.", CommandLine.Undecided);
        if (opened.Value.Tokens.Did != identity.Did)
            return Refuse("The password signs in to another account. Nothing was written.", CommandLine.BadSettings);
        var session = new SessionInMemory(opened.Value.Tokens);
        var owner = servers.WithSession(identity.Pds, session);
        var stop = await account.WriteAsync(owner, null, cancel);
        if (await session.ReadAsync(cancel) is { } tokens)
            await servers.Anonymous(identity.Pds).DeleteSessionAsync(tokens, cancel);
        Console.Out.WriteLine($"{account.Returned:N0} records are back, byte for byte.");
        if (account.Sweep is not null)
            Console.Out.WriteLine($"{account.FilesBack.Count:N0} files are back: uploaded, read back and compared.");
        foreach (var refused in account.NotReturned)
            Console.Error.WriteLine($"not back: {refused.Record.Path}: {refused.Reason}");
        foreach (var refused in account.FilesNotBack)
            Console.Error.WriteLine($"not back: file {refused.File.Cid}, used by {refused.File.FirstPath}: {refused.Reason}");
        if (stop is null)
            return account.NotReturned.Count == 0 && account.FilesNotBack.Count == 0 ? 0 : CommandLine.NotWhole;
        var until = stop.RetryAt is { } at ? $" Not before {at.UtcDateTime:HH:mm} UTC." : "";
        return Refuse($"{stop.Message}{until} Run it again then: what is back is not written twice.", CommandLine.Undecided);
    }

    private static int Refuse(string message, int exitCode)
    {
        Console.Error.WriteLine($"migrator bring-back: {message}");
        return exitCode;
    }
}
