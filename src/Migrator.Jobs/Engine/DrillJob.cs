using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Engine;

/// <summary>One run of one drill.</summary>
internal sealed class DrillJob(IDrillWork work, WorkJobTools tools) : WorkJob(WorkKind.Drill, work, tools);

/// <summary>The runner of drills.</summary>
public interface IDrillWork : IWorkRunner;
