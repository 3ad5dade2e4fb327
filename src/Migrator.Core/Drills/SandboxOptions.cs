namespace Migrator.Core.Drills;

/// <summary>The servers that drills restore into. Section <c>Migrator:Drill</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Migrator:Drill";

    /// <summary>
    /// Folder of the sandbox, with its installed packages in <c>node_modules</c>. Default: <c>sandbox</c> beside the program.
    /// </summary>
    public string? Sandbox { get; set; }

    /// <summary>Node.js, 20 or newer: a path, or a name that is looked for in PATH.</summary>
    public string Node { get; set; } = "node";

    /// <value>How long the sandbox's servers may take to start. Default 90 s, 5 s to 30 min.</value>
    public TimeSpan StartWithin { get; set; } = TimeSpan.FromSeconds(90);
}
