namespace Migrator.Core.Drills;

/// <summary>Says whether drills can restore into servers of their own on this machine.</summary>
public interface ISandboxFinder
{
    /// <summary>Looks for Node.js and the installed sandbox. Starts <c>node --version</c> and nothing else.</summary>
    Task<SandboxAvailability> FindAsync(CancellationToken ct);
}

/// <param name="IsThere">Drills can go to <see cref="DrillDepth.Sandbox"/>.</param>
/// <param name="Text">For people: what is there, or what is missing and how to get it.</param>
/// <param name="NodeVersion">Such as <c>v22.11.0</c>; null when there is none.</param>
/// <param name="Folder">Where the sandbox is installed; null when it is not.</param>
public sealed record SandboxAvailability(bool IsThere, string Text, string? NodeVersion, string? Folder);
