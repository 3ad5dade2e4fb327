using Microsoft.AspNetCore.Components;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Move;

/// <summary>
/// What the pages of one migration share: it is read before the page is drawn, a command's answer becomes a redirect or
/// a list of problems. Another owner's migration, or none, is 404.
/// </summary>
public abstract class MovePage : ComponentBase
{
    [Parameter]
    public string Id { get; set; } = "";

    [CascadingParameter]
    protected HttpContext Http { get; set; } = null!;

    [Inject]
    protected IMigrationService Migrations { get; set; } = null!;

    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    protected MigrationView? View { get; private set; }

    protected IReadOnlyList<FieldProblem> Problems { get; private set; } = [];

    protected string Owner => Http.User.Name();

    protected CancellationToken Aborted => Http.RequestAborted;

    protected override async Task OnInitializedAsync()
    {
        View = (await Migrations.GetAsync(Owner, Id, Aborted)).Value;
        if (View is null)
            Navigation.NotFound();
    }

    /// <summary>After success on to <paramref name="next"/> (a path below this migration's), so that a reload sends nothing twice.</summary>
    protected async Task SendAsync(Task<ServiceResult<MigrationView>> command, string next = "")
    {
        if (await TakeAsync(command) is not null)
            Navigation.NavigateTo($"/move/{Id}{next}");
    }

    /// <summary>The command's value; or null, with its problems on the page and the status that fits them.</summary>
    protected async Task<T?> TakeAsync<T>(Task<ServiceResult<T>> command)
        where T : class
    {
        var result = await command;
        if (result.IsOk)
            return result.Value;
        Refuse(StatusFor(result.Outcome), result.Problems);
        if (result.Outcome == ServiceOutcome.Conflict)
            View = (await Migrations.GetAsync(Owner, Id, Aborted)).Value ?? View;
        return null;
    }

    /// <summary>For what the page itself can see to be wrong.</summary>
    protected void Refuse(int status, params IReadOnlyList<FieldProblem> problems)
    {
        Problems = problems;
        Http.Response.StatusCode = status;
    }

    private static int StatusFor(ServiceOutcome outcome) => outcome switch
    {
        ServiceOutcome.NotFound => StatusCodes.Status404NotFound,
        ServiceOutcome.Conflict => StatusCodes.Status409Conflict,
        ServiceOutcome.Unavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status422UnprocessableEntity,
    };
}
