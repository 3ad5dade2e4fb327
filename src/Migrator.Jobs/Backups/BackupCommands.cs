namespace Migrator.Jobs.Backups;

// What a person can ask for. Pages and API bind these same records, and the same validators check them (Validators.cs).
// Records with a secret in them do not print it.

/// <param name="Kind"><c>file</c> (then <see cref="Folder"/>) or <c>s3</c> (then the others).</param>
/// <param name="Folder">Absolute path on the machine that Migrator runs on.</param>
/// <param name="Endpoint">Address of the object store, such as <c>https://s3.eu-central-1.amazonaws.com</c>.</param>
/// <param name="Prefix">Put before every object's name, so that one bucket can hold more than this; may be empty.</param>
/// <param name="PathStyle">True for stores that want the bucket in the path instead of the host name.</param>
public sealed record AddVault(
    string? Name,
    string? Kind,
    string? Folder,
    string? Endpoint = null,
    string? Region = null,
    string? Bucket = null,
    string? Prefix = null,
    bool PathStyle = false,
    string? AccessKey = null,
    string? SecretKey = null)
{
    public override string ToString() => nameof(AddVault);
}

/// <summary>Where the bytes are cannot be changed: that would be another vault. Empty keys stay as they are.</summary>
public sealed record ChangeVault(string? Name, string? AccessKey = null, string? SecretKey = null)
{
    public override string ToString() => nameof(ChangeVault);
}

/// <param name="Name">What the person calls the key, such as "paper in the drawer".</param>
public sealed record MakeBackupKey(string? Name);

/// <param name="Recipient">The public half of an age key pair: <c>age1…</c>.</param>
public sealed record BringBackupKey(string? Name, string? Recipient);

/// <summary>One of the two: the private half typed or pasted back (compared and dropped), or what the sealed challenge says.</summary>
public sealed record ProveBackupKey(string? PrivateKey, string? Code = null)
{
    public override string ToString() => nameof(ProveBackupKey);
}

/// <summary>A whole plan, for making and for changing one alike.</summary>
/// <param name="Covers"><c>accounts</c> (then <see cref="Accounts"/>) or <c>server</c> (every account of <see cref="Server"/>).</param>
/// <param name="Accounts">Handles or DIDs, 1 to 1000.</param>
/// <param name="Server">Address of a PDS. Its accounts join and leave the plan by themselves.</param>
/// <param name="Vaults">Ids of the vaults that every snapshot is written to, 1 to 8.</param>
/// <param name="Keys">Ids of the keys that every object is sealed to, 1 to 8. Whoever has one of them can open the backups.</param>
/// <param name="VerifyEveryDays">In so many days every stored byte is read again. 1 to 365; default 30.</param>
/// <param name="GraceMinutes">A backup so late after its time is an alarm. 5 to 10,080; default 120.</param>
/// <param name="NotifyEmail">Where alarms are mailed; empty: only to the operator's address, if one is set.</param>
/// <param name="TakeOver">
/// An account is in one plan. One that is named here leaves the plan of a whole server without being asked for; with this it also leaves
/// another plan that names it. Without it that is refused, and the answer says which plan has it.
/// </param>
/// <param name="SuccessUrl">
/// Called (GET) when a round of the plan is complete: a dead man's switch elsewhere then notices when Migrator itself stops.
/// Null leaves it as it is, empty takes it away.
/// </param>
public sealed record SavePlan(
    string? Name,
    string? Covers,
    IReadOnlyList<string>? Accounts,
    string? Server,
    IReadOnlyList<string>? Vaults,
    IReadOnlyList<string>? Keys,
    ScheduleInput? Schedule,
    RetentionInput? Retention = null,
    int? VerifyEveryDays = null,
    int? GraceMinutes = null,
    string? NotifyEmail = null,
    string? SuccessUrl = null,
    bool TakeOver = false)
{
    public override string ToString() => nameof(SavePlan);
}

/// <summary>When. Exactly one of <see cref="EveryHours"/> and <see cref="Cron"/>.</summary>
/// <param name="EveryHours">1 to 720.</param>
/// <param name="Cron">Five fields: minute, hour, day of the month, month, day of the week.</param>
/// <param name="TimeZone">IANA name, such as <c>Europe/Berlin</c>, for <see cref="Cron"/>. Default: UTC.</param>
/// <param name="JitterMinutes">Accounts are spread over so many minutes after the time. 0 to 720; default 10.</param>
public sealed record ScheduleInput(int? EveryHours, string? Cron = null, string? TimeZone = null, int? JitterMinutes = null);

/// <summary>How many snapshots are kept of each kind; 0 or null: none for that rule. Without any rule everything is kept.</summary>
public sealed record RetentionInput(
    int? Last = null, int? Hourly = null, int? Daily = null, int? Weekly = null, int? Monthly = null, int? Yearly = null);

/// <summary>A sign-in for what is not public: the preferences. An app password is enough.</summary>
/// <param name="AllowMainPassword">
/// Take the account's main password all the same. Its tokens could change or delete the account, so it is refused without this.
/// </param>
public sealed record SignInForBackup(string? Password, string? Code = null, bool AllowMainPassword = false)
{
    public override string ToString() => nameof(SignInForBackup);
}
