namespace Migrator.Jobs.Migrations;

/// <param name="Field">Name of the command's property, or empty where it concerns the whole.</param>
/// <param name="Code">For a page that says it in its own words: which problem it is. Null where none does.</param>
public sealed record FieldProblem(string Field, string Message, string? Code = null);

public enum ServiceOutcome
{
    Ok,

    /// <summary>Something the person typed is wrong: one message a field.</summary>
    Invalid,

    NotFound,

    /// <summary>Not possible in the state the migration is in (two tabs, a late click).</summary>
    Conflict,

    /// <summary>A server could not be asked; nothing was changed.</summary>
    Unavailable,
}

/// <summary>The answer to a command: a value, or what is wrong in words for the person.</summary>
public sealed record ServiceResult<T>(ServiceOutcome Outcome, T? Value, IReadOnlyList<FieldProblem> Problems)
    where T : class
{
    public bool IsOk => Outcome == ServiceOutcome.Ok;

    public static ServiceResult<T> Ok(T value) => new(ServiceOutcome.Ok, value, []);

    public static ServiceResult<T> Invalid(params IReadOnlyList<FieldProblem> problems) => new(ServiceOutcome.Invalid, null, problems);

    public static ServiceResult<T> Invalid(string field, string message) => Invalid([new FieldProblem(field, message)]);

    public static ServiceResult<T> NotFound(string message = "There is no such migration.") =>
        new(ServiceOutcome.NotFound, null, [new FieldProblem("", message)]);

    public static ServiceResult<T> Conflict(string message) => new(ServiceOutcome.Conflict, null, [new FieldProblem("", message)]);

    public static ServiceResult<T> Unavailable(string field, string message) =>
        new(ServiceOutcome.Unavailable, null, [new FieldProblem(field, message)]);
}
