using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrator.Core.Drills;

/// <summary>What a sandbox is told at its start. Nothing in it is secret.</summary>
/// <param name="Data">Folder for its data, which it makes and deletes.</param>
/// <param name="Did">Whose log its directory holds.</param>
/// <param name="Log">Entries as the directory's <c>/log/audit</c> has them.</param>
internal sealed record SandboxOrder(string Data, string Did, JsonElement Log);

/// <summary>What a sandbox says when it is ready.</summary>
/// <param name="Directory">Address of its PLC directory.</param>
/// <param name="Server">Address of its PDS.</param>
/// <param name="ServerDid">The PDS's own DID: the audience of tokens.</param>
/// <param name="HandleDomains">Domains whose handles the PDS gives out, each with a dot before it.</param>
internal sealed record SandboxFacts(Uri Directory, Uri Server, string ServerDid, IReadOnlyList<string> HandleDomains);

/// <summary>Both as one line of JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SandboxOrder))]
[JsonSerializable(typeof(SandboxFacts))]
internal sealed partial class SandboxJson : JsonSerializerContext;
