using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Backups;

/// <summary>
/// <c>migrator bring-back</c>: records that are gone from a living account come back from a snapshot. Without a password it only says what
/// would come back. What is there now is never changed.
/// </summary>
internal static class BringBack
{
    private const long LargestRepo = 20_000_000_000;

    public static async Task<int> RunAsync(OpenedSnapshot snapshot, VaultArguments arguments, IServiceProvider services, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-bring-back-");
        try
        {
            var resolved = await services.GetRequiredService<IdentityResolver>().ResolveAsync(snapshot.Manifest.Did.ToString(), cancel);
            if (resolved.Identity is not { } identity)
                return Refuse(resolved.Message, CommandLine.Undecided);
            using var then = await snapshot.OpenRepoAsync(folder.CreateSubdirectory("then").FullName, cancel);
            var (now, trouble) = await DownloadAsync(identity, Path.Combine(folder.FullName, "now.car"), services, cancel);
            if (now is null)
                return Refuse(trouble!, CommandLine.Undecided);
            using (now)
            {
                var preview = ReturnPreview.Make(then, now, arguments.Wants);
                Print(preview, identity);
                return arguments.PasswordFile is null || preview.Records.Count == 0
                    ? 0
                    : await WriteAsync(snapshot, then, preview, identity, arguments.PasswordFile, folder, services, cancel);
            }
        }
        catch (RepoFaultException fault)
        {
            return Refuse($"The account on its server does not verify: {fault.Message} Nothing was written.", CommandLine.NotWhole);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(VerifiedRepo? Repo, string? Trouble)> DownloadAsync(
        ResolvedIdentity identity, string path, IServiceProvider services, CancellationToken cancel)
    {
        if (identity.Document.SigningKey is not { } key)
            return (null, "The identity names no signing key.");
        var export = await services.GetRequiredService<PdsClientFactory>().Anonymous(identity.Pds).GetRepoAsync(identity.Did, null, cancel);
        if (!export.IsOk)
            return (null, $"{identity.Pds.Authority} does not give the account: {export.Error.Message}");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite);
        var (repo, cut) = await CarDownload.VerifyAsync(
            export.Value, file, [], new RepoExpectation(identity.Did, [key]), LargestRepo, _ => Task.CompletedTask, cancel);
        return (repo, cut is null ? null : $"{identity.Pds.Authority} broke off: {cut}");
    }

    private static void Print(ReturnPreview preview, ResolvedIdentity identity)
    {
        var name = identity.VerifiedHandle?.ToString() ?? identity.Did.ToString();
        Console.Out.WriteLine(preview.Records.Count == 0
            ? $"Nothing that was asked for is gone from {name}."
            : $"Gone from {name} since then, and to come back: {preview.Records.Count:N0} records");
        foreach (var (kind, count) in preview.RecordsByCollection.OrderByDescending(kind => kind.Value))
            Console.Out.WriteLine($"  {count,7:N0}  {kind}");
        if (preview.NotChosen > 0)
            Console.Out.WriteLine($"Gone as well, and not asked for: {preview.NotChosen:N0}.");
        if (preview.Changed.Count > 0)
            Console.Out.WriteLine($"Changed since then, and left as they are now: {preview.Changed.Count:N0}.");
    }

    private static async Task<int> WriteAsync(
        OpenedSnapshot snapshot, VerifiedRepo then, ReturnPreview preview, ResolvedIdentity identity, string passwordFile,
        DirectoryInfo folder, IServiceProvider services, CancellationToken cancel)
    {
        var password = (await File.ReadAllLinesAsync(passwordFile, cancel)).FirstOrDefault()?.Trim();
        if (string.IsNullOrEmpty(password))
            return Refuse($"{passwordFile} has no password in its first line.", CommandLine.BadSettings);
        var servers = services.GetRequiredService<PdsClientFactory>();
        var opened = await servers.Anonymous(identity.Pds).CreateSessionAsync(SignInName.Of(identity.Did, identity.VerifiedHandle), password, null, cancel);
        if (!opened.IsOk)
            return Refuse($"{identity.Pds.Authority} did not let you sign in: {opened.Error.Message} An app password is enough. Nothing was written.", CommandLine.Undecided);
        if (opened.Value.Tokens.Did != identity.Did)
            return Refuse("The password signs in to another account. Nothing was written.", CommandLine.BadSettings);
        using var files = new SnapshotAccountSource(snapshot, folder.CreateSubdirectory("files").FullName);
        var owner = servers.WithSession(identity.Pds, new SessionOfThisRun(opened.Value.Tokens));
        var outcome = await new RecordReturn(then, files, owner).RunAsync(preview, null, cancel);
        Console.Out.WriteLine($"{outcome.Returned:N0} of {preview.Records.Count:N0} records are back, byte for byte.");
        foreach (var refused in outcome.Refused)
            Console.Error.WriteLine($"not back: {refused.Record.Path}: {refused.Reason}");
        if (outcome.Stopped is not { } stopped)
            return outcome.IsWhole ? 0 : CommandLine.NotWhole;
        var until = stopped.RetryAt is { } at ? $" It asks to wait until {at.UtcDateTime:HH:mm} UTC." : "";
        return Refuse($"{outcome.Left:N0} are left, because {identity.Pds.Authority} stopped: {stopped.Message}{until} Run it again then: what is back is not written twice.", CommandLine.Undecided);
    }

    private static int Refuse(string message, int exitCode)
    {
        Console.Error.WriteLine($"migrator bring-back: {message}");
        return exitCode;
    }

    /// <summary>In memory, and gone with the process.</summary>
    private sealed class SessionOfThisRun(SessionTokens tokens) : ISessionVault
    {
        private volatile SessionTokens tokens = tokens;

        public ValueTask<SessionTokens?> ReadAsync(CancellationToken cancel) => ValueTask.FromResult<SessionTokens?>(tokens);

        public ValueTask WriteAsync(SessionTokens tokens, CancellationToken cancel)
        {
            this.tokens = tokens;
            return ValueTask.CompletedTask;
        }
    }
}
