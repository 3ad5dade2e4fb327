using System.Globalization;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>The one place where a server's failure becomes an outcome of a backup.</summary>
internal static class SourceAnswers
{
    /// <summary>How long a passing trouble is waited for, when nobody said.</summary>
    private static readonly TimeSpan UsualPause = TimeSpan.FromMinutes(2);

    public static BackupOutcome ToOutcome(this XrpcError error, WaitCause cause, DateTimeOffset now)
    {
        var host = error.Service.Authority;
        return error.Failure switch
        {
            XrpcFailure.Throttled => Asked(host, error.RetryAt ?? now + UsualPause),
            XrpcFailure.BlockedAddress => new BackupOutcome.NeedsPerson(
                BackupTrouble.BlockedAddress,
                $"{host} has an address inside a private network. Migrator does not connect there.",
                "If this is your own server, add its address to Migrator:Network:AllowPrivate."),
            XrpcFailure.Unreachable => Trouble($"{host} cannot be reached: {error.Message}"),
            XrpcFailure.TimedOut => Trouble($"{host} did not answer in time."),
            XrpcFailure.ServerTrouble => Trouble($"{host} reports trouble of its own (HTTP {error.Status}): {error.Message}"),
            _ => Trouble($"{host} did not give what was asked ({error.Nsid}): {error.Message}"),
        };

        BackupOutcome.Waiting Trouble(string reason) => new(cause, reason + " Earlier snapshots are as they were.", now + UsualPause);
    }

    public static BackupOutcome.Waiting Trouble(string reason, DateTimeOffset now) =>
        new(WaitCause.SourceTrouble, reason + " Earlier snapshots are as they were.", now + UsualPause);

    /// <summary>True for the answers by which a server says that it does not show an account, as opposed to one blob or call.</summary>
    public static bool SaysAccountGone(this XrpcError error) =>
        error.Is(XrpcErrorNames.RepoDeactivated) || error.Is(XrpcErrorNames.RepoTakendown) || error.Is(XrpcErrorNames.RepoNotFound)
        || error.Is("RepoSuspended") || error.Is(XrpcErrorNames.AccountDeactivated) || error.Is(XrpcErrorNames.AccountTakedown);

    private static BackupOutcome.Waiting Asked(string host, DateTimeOffset until) => new(
        WaitCause.AskedToWait,
        string.Create(CultureInfo.InvariantCulture, $"{host} asks to wait until {until.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC: too many requests."),
        until);
}
