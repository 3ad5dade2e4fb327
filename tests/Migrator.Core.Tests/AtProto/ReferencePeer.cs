using System.Text.Json;
using Migrator.Testing.Network;

namespace Migrator.Core.Tests.AtProto;

/// <summary>The reference libraries (npm), asked through <c>tests/network/peer.mjs</c>.</summary>
internal static class ReferencePeer
{
    private const string Script = "peer.mjs";

    /// <summary>Valid keys, signatures, tokens and logs, this many of each, always the same for the same seed.</summary>
    public static Task<JsonElement> MakeAsync(int count, int seed, CancellationToken cancel) =>
        NodeProcess.RunAsync(Script, ["--make", $"{count}", "--seed", $"{seed}"], cancel);

    /// <summary>Their verdict on what we made: lists named like those given.</summary>
    public static async Task<JsonElement> CheckAsync(object made, CancellationToken cancel)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(made), cancel);
            return await NodeProcess.RunAsync(Script, ["--check", file], cancel);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
