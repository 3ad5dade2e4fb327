namespace Migrator.Core.Drills;

/// <summary>Where a drill stands.</summary>
/// <param name="Step">As <see cref="DrillStep.Name"/>.</param>
/// <param name="Title">For people.</param>
/// <param name="Done">Of what the step counts: objects, records, blobs.</param>
/// <param name="Total">Null where it is not known.</param>
public sealed record DrillProgress(string Step, string Title, long Done, long? Total);
