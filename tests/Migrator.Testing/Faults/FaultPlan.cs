namespace Migrator.Testing.Faults;

/// <summary>What happens to the bytes of one direction of a connection.</summary>
/// <param name="CutAfter">End the connection after this many bytes were passed on.</param>
/// <param name="StallAfter">Pass on nothing more after this many bytes, but keep the connection open.</param>
/// <param name="Swallow">Read everything and pass on nothing: when the first bytes come, the connection ends.</param>
/// <param name="DripPause">Pass on one byte, then pause, and so on.</param>
public sealed record FaultFlow(long? CutAfter = null, long? StallAfter = null, bool Swallow = false, TimeSpan? DripPause = null)
{
    public static FaultFlow Clean { get; } = new();
}

/// <summary>What a <see cref="FaultProxy"/> does to one connection; with <c>Reset</c> it ends in RST instead of FIN.</summary>
public sealed record FaultPlan(FaultFlow Request, FaultFlow Reply, bool Reset = false)
{
    public static FaultPlan None { get; } = new(FaultFlow.Clean, FaultFlow.Clean);

    public static FaultPlan CutReplyAfter(long bytes) => new(FaultFlow.Clean, new FaultFlow(CutAfter: bytes));

    public static FaultPlan StallReplyAfter(long bytes) => new(FaultFlow.Clean, new FaultFlow(StallAfter: bytes));

    public static FaultPlan CutRequestAfter(long bytes) => new(new FaultFlow(CutAfter: bytes), FaultFlow.Clean);

    /// <summary>The server gets the request and does its work; the client never hears of it.</summary>
    public static FaultPlan DropReply { get; } = new(FaultFlow.Clean, new FaultFlow(Swallow: true));

    public static FaultPlan DripReply(TimeSpan pause) => new(FaultFlow.Clean, new FaultFlow(DripPause: pause));
}
