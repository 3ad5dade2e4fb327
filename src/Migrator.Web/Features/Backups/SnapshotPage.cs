using Microsoft.AspNetCore.Components;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Backups;

/// <summary>A page that looks into one snapshot, with the key that this browser session holds for a while.</summary>
public abstract class SnapshotPage : BackupPage, IDisposable
{
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    protected ISnapshotBrowser Browser { get; set; } = null!;

    [Inject]
    protected SessionCookie Cookie { get; set; } = null!;

    protected SnapshotView? View { get; private set; }

    protected KeyLease? Key { get; private set; }

    protected BrowsedSnapshot? Opened { get; private set; }

    /// <summary>The snapshot is opened also while a form is answered.</summary>
    protected virtual bool OpensForForms => false;

    /// <summary>Text that only this browser session has; its hash names the key.</summary>
    protected string Session => Cookie.Read(Http.Request) ?? "";

    public void Dispose()
    {
        Opened?.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override async Task OnInitializedAsync()
    {
        View = await NeedAsync(Service.GetSnapshotAsync(Owner, Id, Aborted));
        Key = View is null ? null : Browser.FindKey(Owner, Session);
        // While a form is answered nothing is opened, as a rule: a new key may just come in, or the old one go.
        if (Key is not null && (OpensForForms || HttpMethods.IsGet(Http.Request.Method)))
            Opened = await TakeAsync(Browser.OpenAsync(Owner, Session, Id, Aborted));
    }
}
