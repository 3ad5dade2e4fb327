using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrator.Core.Migrations.Gathering;
using Migrator.Core.Migrations.Steps;
using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations;

/// <summary>Registers the move. The ports (store, ledger, secrets, crash points) come from whoever hosts it.</summary>
public static class MigrationServices
{
    public static IServiceCollection AddMigrations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MigrationOptions>().Bind(configuration.GetSection("Migrator:Move"))
            .Configure(options => options.WorkFolder = Path.Combine(configuration["Migrator:Data"] ?? "data", "work"))
            .Validate(options => options.BlobsAtOnce is >= 1 and <= 64, "Migrator:Move:BlobsAtOnce must be 1 to 64.")
            .Validate(options => options.TriesPerStep is >= 1 and <= 100, "Migrator:Move:TriesPerStep must be 1 to 100.")
            .Validate(options => options.TriesInTheCut is >= 1 and <= 100, "Migrator:Move:TriesInTheCut must be 1 to 100.")
            .Validate(options => options.StandbyEvery >= TimeSpan.FromSeconds(1) && options.StandbyEvery <= TimeSpan.FromHours(1),
                "Migrator:Move:StandbyEvery must be 1 second to 1 hour.")
            .Validate(options => options.WatchEvery >= TimeSpan.FromSeconds(1) && options.WatchEvery <= TimeSpan.FromHours(6),
                "Migrator:Move:WatchEvery must be 1 second to 6 hours.")
            .ValidateOnStart();
        services.TryAddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<MigrationOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.AddVaults();
        services.TryAddSingleton<ISealedBackups, NoSealedBackups>();
        services.TryAddSingleton<IRestoreSnapshots, RestoreSnapshots>();
        services.TryAddSingleton<Gatherer>();
        services.TryAddSingleton<Replicator>();
        services.TryAddSingleton<BlobCopier>();
        services.TryAddSingleton<PreferencesCopier>();
        services.TryAddSingleton<Prover>();
        services.TryAddSingleton<Standby>();
        services.TryAddSingleton<MigrationTools>();
        services.TryAddSingleton<IMigrationRunner, MigrationRunner>();
        AddSteps(services);
        return services;
    }

    private static void AddSteps(IServiceCollection services) => services
        .AddSingleton<IMigrationStep, ResolveIdentityStep>()
        .AddSingleton<IMigrationStep, PreflightStep>()
        .AddSingleton<IMigrationStep, SignInSourceStep>()
        .AddSingleton<IMigrationStep, TakeSnapshotStep>()
        .AddSingleton<IMigrationStep, CreateTargetAccountStep>()
        .AddSingleton<IMigrationStep, ImportRepoStep>()
        .AddSingleton<IMigrationStep, CopyBlobsStep>()
        .AddSingleton<IMigrationStep, CopyPreferencesStep>()
        .AddSingleton<IMigrationStep, VerifyParityStep>()
        .AddSingleton<IMigrationStep, AwaitGoStep>()
        .AddSingleton<IMigrationStep, RequestPlcCodeStep>()
        .AddSingleton<IMigrationStep, SignIdentityStep>()
        .AddSingleton<IMigrationStep, DeactivateSourceStep>()
        .AddSingleton<IMigrationStep, CatchUpStep>()
        .AddSingleton<IMigrationStep, VerifyFinalParityStep>()
        .AddSingleton<IMigrationStep, SubmitIdentityStep>()
        .AddSingleton<IMigrationStep, ActivateTargetStep>()
        .AddSingleton<IMigrationStep, VerifyFromOutsideStep>()
        .AddSingleton<IMigrationStep, ReactivateSourceStep>()
        .AddSingleton<IMigrationStep, DeactivateTargetAgainStep>()
        .AddSingleton<IMigrationStep, SubmitWayBackStep>()
        .AddSingleton<IMigrationStep, ActivateSourceAgainStep>()
        .AddSingleton<IMigrationStep, VerifyWayBackStep>()
        .AddSingleton<IMigrationStep, LookUpIdentityStep>()
        .AddSingleton<IMigrationStep, GatherSourcesStep>()
        .AddSingleton<IMigrationStep, AwaitRestoreGoStep>()
        .AddSingleton<IMigrationStep, SignClaimStep>()
        .AddSingleton<IMigrationStep, ClaimIdentityStep>()
        .AddSingleton<IMigrationStep, SignRestoreStep>()
        .AddSingleton<IMigrationStep, ReleaseIdentityStep>();
}
