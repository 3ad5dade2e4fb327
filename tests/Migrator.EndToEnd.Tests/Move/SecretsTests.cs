using System.Text;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>
/// A whole move with every log open; what the person typed and what the servers handed out is then looked for everywhere.
/// </summary>
public sealed class SecretsTests(SharedNetwork shared)
{
    /// <summary>
    /// Every JSON Web Token has it in its middle: a dot and base64 of <c>{"</c>. Without the dot, keys and signatures have it now and then.
    /// </summary>
    internal const string InTokens = ".eyJ";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_stands_in_a_log_or_readable_on_the_disk()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { Password = "marked-old-password-7391" });
        using var logs = new LogKeeper();
        await using var host = await MoveHost.StartAsync(network, logs, Cancel);
        var move = new MoveDriver(host, network, account, network.A, network.B, Cancel);
        await move.DraftAsync();
        List<string> secrets = [account.Password, MoveDriver.NewPassword, move.Kit!.PrivateKeyHex, move.Kit.PrivateKeyMultibase, InTokens];
        AssertNowhereOnDisk(host.Folder, secrets);
        await move.UntilReadyAsync();
        AssertNowhereOnDisk(host.Folder, secrets);
        await move.GoAsync();
        await host.UntilHoldAsync(move.Id, HoldCause.PlcCode, Cancel);
        secrets.Add((await network.ReadCodeAsync(network.A, account.Did, Cancel))!);
        await move.GiveMailedCodeAsync();
        var end = await move.UntilEndAsync();
        Assert.True(end.State == MigrationState.Completed, MoveHost.Story(end));
        AssertNowhereOnDisk(host.Folder, secrets);

        Assert.Contains(logs.Lines, line => line.Contains("MigrationRunner", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.StartsWith("Quartz", StringComparison.Ordinal));
        foreach (var secret in secrets)
            Assert.DoesNotContain(logs.Lines, line => line.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Commands_with_a_secret_do_not_print_it()
    {
        object[] commands =
        [
            new SignIn("marked", "marked"), new ChooseAccount("a", "b", "marked", "marked"), new ProveRecoveryKey("marked"),
            new GiveGo("a", "key", "marked"), new GiveCode("marked"), new TakeWayBack("a", "marked", "marked", "marked", "marked"),
            new RecoveryKit("did", null, "key", "marked", "marked", default),
        ];
        Assert.All(commands, command => Assert.DoesNotContain("marked", command.ToString(), StringComparison.Ordinal));
    }

    internal static void AssertNowhereOnDisk(string folder, IReadOnlyList<string> secrets)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.Contains(files, file => file.EndsWith("migrator.db", StringComparison.Ordinal));
        // The lock file is held alone, and empty.
        foreach (var file in files.Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            if (Read(file) is not { } bytes)
                continue;
            foreach (var (number, secret) in secrets.Index())
                Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0,
                    $"Secret {number} stands readable in {Path.GetFileName(file)}.");
        }
    }

    /// <summary>Null for a file that is gone again, as journals of a database are.</summary>
    private static byte[]? Read(string file)
    {
        try
        {
            using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[open.Length];
            open.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
