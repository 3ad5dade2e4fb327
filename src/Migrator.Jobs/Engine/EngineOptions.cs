using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Engine;

/// <summary>How work is shared out. Section <c>Migrator:Engine</c>; the role stands beside it as <c>Migrator:Role</c>.</summary>
public sealed class EngineOptions
{
    public const string Section = "Migrator:Engine";

    /// <value><c>all</c> (default), <c>web</c> or <c>worker</c>.</value>
    public string Role { get; set; } = "all";

    /// <summary>How long a lease lives without being renewed: a dead worker's migrations wait this long at most.</summary>
    /// <value>Seconds, 2 to 600. Default 30. Renewed every third of it.</value>
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>How often the tables are searched for migrations that are due and that no alarm has called.</summary>
    /// <value>Seconds, 1 to 600. Default 30.</value>
    public int ReconcileSeconds { get; set; } = 30;

    /// <summary>Migrations that this process works on at once.</summary>
    /// <value>1 to 64. Default 8.</value>
    public int Concurrency { get; set; } = 8;

    /// <summary>Migrations that copy to one server at once, over all workers.</summary>
    /// <value>1 to 64. Default 2.</value>
    public int PerServer { get; set; } = 2;

    /// <summary>Pause after a run that broke off (the database went away, a mistake of our own) before the next.</summary>
    /// <value>Seconds, 1 to 600. Default 15.</value>
    public int TroubleSeconds { get; set; } = 15;

    internal MigratorRole ParsedRole => Enum.Parse<MigratorRole>(Role, ignoreCase: true);

    internal TimeSpan LeaseLife => TimeSpan.FromSeconds(LeaseSeconds);
}

/// <param name="provider">What <c>Migrator:Database:Provider</c> says; only storage's own validator judges it.</param>
internal sealed class EngineOptionsValidator(Func<string?> provider) : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        var faults = new List<string>();
        if (options.Role.ToLowerInvariant() is not ("all" or "web" or "worker"))
            faults.Add($"Migrator:Role is '{options.Role}'; it must be 'all', 'web' or 'worker'.");
        else if (options.ParsedRole != MigratorRole.All && (provider() ?? "sqlite").Equals("sqlite", StringComparison.OrdinalIgnoreCase))
            faults.Add(
                $"Migrator:Role is '{options.Role}', but SQLite is for one process: use Migrator:Database:Provider=postgres.");
        Require(nameof(options.LeaseSeconds), options.LeaseSeconds, 2, 600);
        Require(nameof(options.ReconcileSeconds), options.ReconcileSeconds, 1, 600);
        Require(nameof(options.Concurrency), options.Concurrency, 1, 64);
        Require(nameof(options.PerServer), options.PerServer, 1, 64);
        Require(nameof(options.TroubleSeconds), options.TroubleSeconds, 1, 600);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Require(string key, int value, int least, int most)
        {
            if (value < least || value > most)
                faults.Add($"{EngineOptions.Section}:{key} is {value}; it must be {least} to {most}.");
        }
    }
}
