using Migrator.Jobs.Returns;

namespace Migrator.Web.Features.Returns;

/// <summary>States of bringing back in plain words and in the colours of tags.</summary>
internal static class ReturnWords
{
    public static string Of(ReturnView view) => view.State switch
    {
        ReturnState.Queued => "Waits for its turn",
        ReturnState.Looking => "Looking",
        ReturnState.Ready => "Needs you",
        ReturnState.Writing => "Writing",
        ReturnState.Waiting => "Waits for the server",
        ReturnState.Done => view.Outcome is { IsWhole: false } ? "Done, with remarks" : "Done",
        ReturnState.Failed => "Failed",
        ReturnState.CutOff => "Cut off by a restart",
        _ => "Stopped",
    };

    public static string Tag(ReturnView view) => view.State switch
    {
        ReturnState.Queued or ReturnState.Waiting => "wait",
        ReturnState.Looking or ReturnState.Writing => "run",
        ReturnState.Ready => "you",
        ReturnState.Done => view.Outcome is { IsWhole: false } ? "you" : "good",
        ReturnState.Failed => "bad",
        ReturnState.CutOff => "you",
        _ => "calm",
    };
}
