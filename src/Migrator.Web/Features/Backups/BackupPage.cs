using Microsoft.AspNetCore.Components;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Backups;

/// <summary>What the pages of backups share: a command's answer becomes a redirect or a list of problems; what is not there is 404.</summary>
public abstract class BackupPage : ComponentBase
{
    [CascadingParameter]
    protected HttpContext Http { get; set; } = null!;

    [Inject]
    protected IBackupService Service { get; set; } = null!;

    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    [Inject]
    protected TimeProvider Time { get; set; } = null!;

    protected IReadOnlyList<FieldProblem> Problems { get; private set; } = [];

    protected string Owner => Http.User.Name();

    protected CancellationToken Aborted => Http.RequestAborted;

    /// <summary>What the page is about; null, and the answer 404, where the owner has no such thing.</summary>
    protected async Task<T?> NeedAsync<T>(Task<ServiceResult<T>> read)
        where T : class
    {
        var result = await read;
        if (!result.IsOk)
            Navigation.NotFound();
        return result.Value;
    }

    /// <summary>The command's value; or null, with its problems on the page and the status that fits them.</summary>
    protected async Task<T?> TakeAsync<T>(Task<ServiceResult<T>> command)
        where T : class
    {
        var result = await command;
        if (!result.IsOk)
            Refuse(result.Outcome switch
            {
                ServiceOutcome.NotFound => StatusCodes.Status404NotFound,
                ServiceOutcome.Conflict => StatusCodes.Status409Conflict,
                ServiceOutcome.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status422UnprocessableEntity,
            }, result.Problems);
        return result.Value;
    }

    /// <summary>After success on to <paramref name="next"/>, so that a reload sends nothing twice.</summary>
    protected async Task SendAsync<T>(Task<ServiceResult<T>> command, string next)
        where T : class
    {
        if (await TakeAsync(command) is not null)
            Navigation.NavigateTo(next);
    }

    protected void Refuse(int status, params IReadOnlyList<FieldProblem> problems)
    {
        // "Schedule.EveryHours" and "Accounts[3]" stand on the page as EveryHours and Accounts.
        Problems = [.. problems.Select(problem => problem with { Field = problem.Field.Split('.')[^1].Split('[')[0] })];
        Http.Response.StatusCode = status;
    }
}
