using Microsoft.AspNetCore.Components;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Features.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Drills;

/// <summary>A page about drills: what pages of backups share, and the key that this browser session may hold.</summary>
public abstract class DrillPage : BackupPage
{
    [Inject]
    protected IDrillService Drills { get; set; } = null!;

    [Inject]
    protected ISnapshotBrowser Browser { get; set; } = null!;

    [Inject]
    protected SessionCookie Cookie { get; set; } = null!;

    /// <summary>Text that only this browser session has; its hash names the key.</summary>
    protected string Session => Cookie.Read(Http.Request) ?? "";

    /// <summary>Begins a drill and goes to its page; or says what is wrong.</summary>
    protected async Task StartAsync(string accountId, string? privateKey)
    {
        if (await TakeAsync(Drills.StartAsync(Owner, Session, new StartDrill(accountId, privateKey), Aborted)) is { } drill)
            Navigation.NavigateTo($"/drills/{drill.Id}");
    }
}
