namespace Migrator.Web.Features.Move;

/// <summary>How a question of the draft stands.</summary>
public enum TaskState
{
    /// <summary>Another question comes first.</summary>
    Later,
    Open,
    Done,
}
