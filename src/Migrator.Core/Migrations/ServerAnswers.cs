using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>Whose server an answer came from: it decides what a lost session means and how the person is told.</summary>
public sealed record Side(string Name, HoldCause SignInCause)
{
    public static readonly Side Source = new("The old server", HoldCause.SourceSignIn);
    public static readonly Side Target = new("The new server", HoldCause.TargetSignIn);
    public static readonly Side Directory = new("The PLC directory", HoldCause.ServerTrouble);
}

/// <summary>The one place where a server's refusal becomes an outcome, so that every step treats the same trouble alike.</summary>
public static class ServerAnswers
{
    public static StepOutcome ToOutcome(this XrpcError error, Side side, DateTimeOffset now)
    {
        var host = error.Service.Authority;
        return error.Failure switch
        {
            XrpcFailure.Throttled => new StepOutcome.Wait(
                error.RetryAt ?? now + TimeSpan.FromMinutes(1),
                $"{side.Name} ({host}) asks to wait until {error.RetryAt ?? now + TimeSpan.FromMinutes(1):yyyy-MM-dd HH:mm:ss} UTC: too "
                + "many requests."),
            XrpcFailure.SessionLost => SignInAgain(side, host),
            XrpcFailure.Unreachable => new StepOutcome.Retry($"{side.Name} ({host}) cannot be reached: {error.Message}"),
            XrpcFailure.TimedOut => new StepOutcome.Retry($"{side.Name} ({host}) did not answer in time."),
            XrpcFailure.ServerTrouble =>
                new StepOutcome.Retry($"{side.Name} ({host}) reports trouble of its own (HTTP {error.Status}): {error.Message}"),
            XrpcFailure.Unreadable => new StepOutcome.Retry($"{side.Name} ({host}) sent something that cannot be read: {error.Message}"),
            XrpcFailure.BlockedAddress => new StepOutcome.NeedsPerson(
                HoldCause.Preflight,
                $"{side.Name} ({host}) has an address inside a private network. Migrator does not connect there.",
                "If this is your own server, add its address to Migrator:Network:AllowPrivate and press Try again."),
            _ => new StepOutcome.NeedsPerson(
                HoldCause.ServerTrouble,
                $"{side.Name} ({host}) refused {error.Nsid}: {error.Message}",
                "Press Try again. If it stays like this, ask whoever runs that server."),
        };
    }

    /// <summary>
    /// For the moments in which an account is off on both servers: the same, but looked at again by itself without an end, for nobody may
    /// be there to press a button. A server may refuse only because its own view of the directory is behind.
    /// </summary>
    public static StepOutcome ToOutcomeWhileOff(this XrpcError error, Side side, MigrationContext context)
    {
        var outcome = error.ToOutcome(side, context.Now);
        return outcome switch
        {
            StepOutcome.NeedsPerson { Cause: HoldCause.ServerTrouble } ask => ask with
            {
                WhatToDo = "It is tried again by itself. If it stays like this, ask whoever runs that server to switch the account on.",
                LookAgain = context.Tools.Options.StandbyEvery,
            },
            StepOutcome.Retry retry when context.Progress.Attempt >= 5 => new StepOutcome.NeedsPerson(
                HoldCause.ServerTrouble, retry.Reason, "It is tried again by itself.", LookAgain: context.Tools.Options.StandbyEvery),
            _ => outcome,
        };
    }

    public static StepOutcome.NeedsPerson SignInAgain(Side side, string host) => new(
        side.SignInCause,
        $"{side.Name} ({host}) no longer accepts the sign-in.",
        $"Sign in again; the move goes on at the same step.");
}
