using Microsoft.AspNetCore.Components;
using Migrator.Jobs.Migrations;
using Migrator.Web.Features.Move;

namespace Migrator.Web.Features.Restore;

/// <summary>What the pages of one restore share. A restore is a migration, so whatever both have is under <c>/move/{id}</c>.</summary>
public abstract class RestorePage : MovePage
{
    [Inject]
    protected IRestoreService Restores { get; set; } = null!;

    protected RestoreView? Restore => View?.Restore;

    protected override async Task OnInitializedAsync()
    {
        await base.OnInitializedAsync();
        if (View is { Restore: null })
            Navigation.NotFound();
    }

    /// <summary>After success on to another page of this restore.</summary>
    protected async Task StayAsync(Task<ServiceResult<MigrationView>> command, string page)
    {
        if (await TakeAsync(command) is not null)
            Navigation.NavigateTo($"/restore/{Id}/{page}");
    }
}
