using Microsoft.Extensions.Options;
using Migrator.Core.Drills;
using Xunit;

namespace Migrator.Core.Tests.Drills;

/// <summary>What is missing for a drill that restores, said in one sentence.</summary>
public sealed class SandboxFinderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("migrator-sandbox-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_installed_sandbox_is_found()
    {
        Install();
        var found = await FindAsync(Node("echo v20.1.2"));
        Assert.Equal((true, "v20.1.2", _folder), (found.IsThere, found.NodeVersion, found.Folder));
    }

    [Fact]
    public async Task A_folder_without_the_script_is_no_sandbox() => await AssertMissingAsync(Node("echo v20.1.2"), "holds no sandbox");

    [Fact]
    public async Task Packages_that_are_not_installed_are_told_with_the_command()
    {
        File.WriteAllText(Path.Combine(_folder, "sandbox.mjs"), "");
        await AssertMissingAsync(Node("echo v22.0.0"), $"run {Path.Combine(_folder, "install.sh")} once");
    }

    [Fact]
    public async Task Old_broken_and_missing_Node_is_told()
    {
        Install();
        await AssertMissingAsync(Node("echo v18.20.0"), "Node.js is v18.20.0");
        await AssertMissingAsync(Node("exit 1"), "Node.js was not found");
        await AssertMissingAsync(Path.Combine(_folder, "no-node"), "Node.js was not found");
    }

    private async Task AssertMissingAsync(string node, string words)
    {
        var found = await FindAsync(node);
        Assert.False(found.IsThere);
        Assert.Null(found.Folder);
        Assert.Contains(words, found.Text, StringComparison.Ordinal);
    }

    private Task<SandboxAvailability> FindAsync(string node) =>
        new SandboxFinder(Options.Create(new SandboxOptions { Sandbox = _folder, Node = node }), TimeProvider.System)
            .FindAsync(TestContext.Current.CancellationToken);

    private void Install()
    {
        File.WriteAllText(Path.Combine(_folder, "sandbox.mjs"), "");
        Directory.CreateDirectory(Path.Combine(_folder, "node_modules", "@atproto", "pds"));
        Directory.CreateDirectory(Path.Combine(_folder, "node_modules", "@did-plc", "server"));
    }

    private string Node(string does)
    {
        var path = Path.Combine(_folder, $"node-{Guid.NewGuid():N}");
        File.WriteAllText(path, $"#!/bin/sh\n{does}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
