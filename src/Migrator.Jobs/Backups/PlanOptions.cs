using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Backups;

/// <summary>How plans are carried out. Section <c>Migrator:Backups</c>.</summary>
public sealed class PlanOptions
{
    public const string Section = "Migrator:Backups";

    /// <summary>How often a planned server is asked for its accounts.</summary>
    /// <value>Minutes, 1 to 1440. Default 60.</value>
    public int MembersMinutes { get; set; } = 60;

    /// <summary>How often retention and the reading of stored bytes get a turn, for each account.</summary>
    /// <value>Minutes, 1 to 1440. Default 360.</value>
    public int UpkeepMinutes { get; set; } = 360;

    /// <summary>The longest that one turn of reading stored bytes takes; the next goes on where it stopped.</summary>
    /// <value>Seconds, 1 to 3600. Default 300.</value>
    public int UpkeepSeconds { get; set; } = 300;

    /// <summary>How long a snapshot that retention marked can still be taken back before its objects are deleted.</summary>
    /// <value>Hours, 0 to 2160. Default 72.</value>
    public int DeleteAfterHours { get; set; } = 72;

    /// <summary>Failed tries in a row before it is an alarm; what only a person can mend is one at once.</summary>
    /// <value>1 to 100. Default 4.</value>
    public int TriesBeforeAlarm { get; set; } = 4;

    /// <summary>First pause after a failed try; each further one is four times as long, up to two hours.</summary>
    /// <value>Seconds, 1 to 3600. Default 60.</value>
    public int FirstRetrySeconds { get; set; } = 60;

    /// <summary>Blobs of one account under way at once.</summary>
    /// <value>1 to 64. Default 8.</value>
    public int BlobsAtOnce { get; set; } = 8;

    /// <summary>
    /// How long an account's identity (handle, keys, server) is taken as known while its server answers. It is looked up sooner whenever
    /// the server does not show the account, or a signature does not fit.
    /// </summary>
    /// <value>Hours, 0 (each time) to 168. Default 24.</value>
    public int IdentityHours { get; set; } = 24;

    internal TimeSpan RetryAfter(int tries)
    {
        var seconds = FirstRetrySeconds * Math.Pow(4, Math.Clamp(tries - 1, 0, 10));
        return TimeSpan.FromSeconds(Math.Min(seconds, Math.Max(7200, FirstRetrySeconds)));
    }
}

internal sealed class PlanOptionsValidator : IValidateOptions<PlanOptions>
{
    public ValidateOptionsResult Validate(string? name, PlanOptions options)
    {
        var faults = new List<string>();
        Require(nameof(options.MembersMinutes), options.MembersMinutes, 1, 1440);
        Require(nameof(options.UpkeepMinutes), options.UpkeepMinutes, 1, 1440);
        Require(nameof(options.UpkeepSeconds), options.UpkeepSeconds, 1, 3600);
        Require(nameof(options.DeleteAfterHours), options.DeleteAfterHours, 0, 2160);
        Require(nameof(options.TriesBeforeAlarm), options.TriesBeforeAlarm, 1, 100);
        Require(nameof(options.FirstRetrySeconds), options.FirstRetrySeconds, 1, 3600);
        Require(nameof(options.BlobsAtOnce), options.BlobsAtOnce, 1, 64);
        Require(nameof(options.IdentityHours), options.IdentityHours, 0, 168);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Require(string key, int value, int least, int most)
        {
            if (value < least || value > most)
                faults.Add($"{PlanOptions.Section}:{key} is {value}; it must be {least} to {most}.");
        }
    }
}
