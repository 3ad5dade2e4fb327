using System.Globalization;
using Migrator.Jobs.Backups;

namespace Migrator.Web.Features.Backups;

/// <summary>What was answered so far about a plan, as it travels through the pages of the wizard in hidden fields. No secret is among it.</summary>
public sealed record PlanAnswers
{
    public static readonly IReadOnlyList<string> Names =
    [
        nameof(Name), nameof(Covers), nameof(Accounts), nameof(TakeOver), nameof(Server), nameof(Vaults), nameof(Keys), nameof(When), nameof(EveryHours), nameof(Cron),
        nameof(TimeZone), nameof(Last), nameof(Hourly), nameof(Daily), nameof(Weekly), nameof(Monthly), nameof(Yearly), nameof(VerifyEveryDays),
        nameof(GraceMinutes), nameof(NotifyEmail), nameof(SuccessUrl),
    ];

    private readonly Dictionary<string, string> _fields = [];

    public string this[string field]
    {
        get => _fields.GetValueOrDefault(field, "");
        init => _fields[field] = value;
    }

    public string Name => this[nameof(Name)];

    /// <summary><c>accounts</c> or <c>server</c>.</summary>
    public string Covers => this[nameof(Covers)] is "server" ? "server" : "accounts";

    public IReadOnlyList<string> Accounts => [.. this[nameof(Accounts)].Split([' ', ',', ';', '\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries).Distinct()];

    /// <summary>Accounts that another plan names leave it for this one.</summary>
    public bool TakeOver => this[nameof(TakeOver)] == "true";

    public string Server => this[nameof(Server)];

    public IReadOnlyList<string> Vaults => Words(nameof(Vaults));

    public IReadOnlyList<string> Keys => Words(nameof(Keys));

    /// <summary><c>hours</c> or <c>cron</c>.</summary>
    public string When => this[nameof(When)] is "cron" ? "cron" : "hours";

    public string EveryHours => this[nameof(EveryHours)];

    public string Cron => this[nameof(Cron)];

    public string TimeZone => this[nameof(TimeZone)];

    public string Last => this[nameof(Last)];

    public string Hourly => this[nameof(Hourly)];

    public string Daily => this[nameof(Daily)];

    public string Weekly => this[nameof(Weekly)];

    public string Monthly => this[nameof(Monthly)];

    public string Yearly => this[nameof(Yearly)];

    public string VerifyEveryDays => this[nameof(VerifyEveryDays)];

    public string GraceMinutes => this[nameof(GraceMinutes)];

    public string NotifyEmail => this[nameof(NotifyEmail)];

    public string SuccessUrl => this[nameof(SuccessUrl)];

    public ScheduleInput Schedule => When == "cron"
        ? new ScheduleInput(null, Cron, TimeZone.Length > 0 ? TimeZone : null)
        : new ScheduleInput(Number(EveryHours) ?? 0);

    public RetentionInput Retention => new(Number(Last), Number(Hourly), Number(Daily), Number(Weekly), Number(Monthly), Number(Yearly));

    public SavePlan Command => new(
        Name, Covers, Covers == "accounts" ? Accounts : null, Covers == "server" ? Server : null, Vaults, Keys, Schedule, Retention,
        Number(VerifyEveryDays), Number(GraceMinutes), NotifyEmail.Length > 0 ? NotifyEmail : null, SuccessUrl.Length > 0 ? SuccessUrl : null, TakeOver);

    public static PlanAnswers From(IFormCollection form)
    {
        var answers = new PlanAnswers();
        foreach (var name in Names)
            answers._fields[name] = string.Join(' ', form[name].Where(value => value is { Length: <= 200_000 }));
        return answers;
    }

    /// <summary>Sensible answers where nothing was asked yet.</summary>
    public static PlanAnswers Fresh(IReadOnlyList<VaultView> vaults, IReadOnlyList<BackupKeyView> keys) => new()
    {
        [nameof(Covers)] = "accounts",
        [nameof(Vaults)] = vaults.Count == 1 ? vaults[0].Id : "",
        [nameof(Keys)] = string.Join(' ', keys.Where(key => key.Usable).Select(key => key.Id)),
        [nameof(EveryHours)] = "24",
        [nameof(Last)] = "3",
        [nameof(Daily)] = "7",
        [nameof(Weekly)] = "5",
        [nameof(Monthly)] = "12",
        [nameof(Yearly)] = "3",
        [nameof(VerifyEveryDays)] = "30",
        [nameof(GraceMinutes)] = "120",
    };

    public static PlanAnswers Of(PlanView plan, IReadOnlyList<BackupAccountItem> accounts) => new()
    {
        [nameof(Name)] = plan.Name,
        [nameof(Covers)] = plan.Covers,
        [nameof(Accounts)] = string.Join('\n', accounts.Select(account => account.Handle ?? account.Did)),
        [nameof(Server)] = plan.Server ?? "",
        [nameof(Vaults)] = string.Join(' ', plan.Vaults.Select(vault => vault.Id)),
        [nameof(Keys)] = string.Join(' ', plan.Keys.Select(key => key.Id)),
        [nameof(When)] = plan.Schedule.Cron is null ? "hours" : "cron",
        [nameof(EveryHours)] = plan.Schedule.EveryHours?.ToString(CultureInfo.InvariantCulture) ?? "",
        [nameof(Cron)] = plan.Schedule.Cron ?? "",
        [nameof(TimeZone)] = plan.Schedule.TimeZone,
        [nameof(Last)] = Text(plan.Retention.Last),
        [nameof(Hourly)] = Text(plan.Retention.Hourly),
        [nameof(Daily)] = Text(plan.Retention.Daily),
        [nameof(Weekly)] = Text(plan.Retention.Weekly),
        [nameof(Monthly)] = Text(plan.Retention.Monthly),
        [nameof(Yearly)] = Text(plan.Retention.Yearly),
        [nameof(VerifyEveryDays)] = Text(plan.VerifyEveryDays),
        [nameof(GraceMinutes)] = Text(plan.GraceMinutes),
        [nameof(NotifyEmail)] = plan.NotifyEmail ?? "",
    };

    private IReadOnlyList<string> Words(string field) => [.. this[field].Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()];

    /// <summary>Text that is no number becomes one that the validators refuse, with their words.</summary>
    private static int? Number(string text) => text.Trim() is { Length: > 0 } typed
        ? int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1
        : null;

    private static string Text(int number) => number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture);
}
