using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Doctor;

/// <summary><c>migrator verify-report</c>: whether a saved parity report is unchanged since an instance of Migrator signed it. Asks nobody.</summary>
internal static class VerifyReportCommand
{
    public static int Run(ReadOnlySpan<string> args)
    {
        string? file = null, keyText = null;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--key" && i + 1 < args.Length) keyText = args[++i];
            else if (args[i].StartsWith("--key=", StringComparison.Ordinal)) keyText = args[i]["--key=".Length..];
            else if (args[i].StartsWith('-') || file is not null) return Misused($"{args[i]} is not known here.");
            else file = args[i];
        }

        if (file is null || keyText is null) return Misused("Give the report and --key, a did:key or the saved file migrator-keys.json.");
        try
        {
            return ReadKeys(keyText) is { } keys ? Check(file, keys) : Misused($"{keyText} is neither a did:key nor a key set.");
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            return Misused(broken.Message);
        }
    }

    private static int Check(string file, IReadOnlyList<PublicKey> keys)
    {
        if (new FileInfo(file).Length > JsonWebSignature.MaxBytes || !JsonWebSignature.TryRead(File.ReadAllBytes(file), out var report))
        {
            Console.Out.WriteLine($"{file}: NOT a signed report.");
            return CommandLine.NotWhole;
        }

        if (keys.FirstOrDefault(report.IsSignedBy) is not { } signer)
        {
            Console.Out.WriteLine($"{file}: NOT GENUINE. It was changed after it was signed, or signed with another key (it names {report.KeyId ?? "none"}).");
            return CommandLine.NotWhole;
        }

        Console.Out.WriteLine($"{file}: genuine, signed by {signer.DidKey}");
        Console.Out.WriteLine(Summary(report.Payload));
        return 0;
    }

    private static IReadOnlyList<PublicKey>? ReadKeys(string text)
    {
        if (PublicKey.TryParseDidKey(text, out var key)) return [key];
        return File.Exists(text) && JsonWebKeys.TryRead(File.ReadAllBytes(text), out var keys) ? keys : null;
    }

    private static string Summary(byte[] payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            var equal = json.RootElement.TryGetProperty("equal", out var verdict) && verdict.ValueKind == JsonValueKind.True;
            return $"It says of {Text(json, "did")}, at {Text(json, "at")}: {(equal ? "both sides are equal." : "the sides differ.")}";
        }
        catch (JsonException)
        {
            return "What was signed is no parity report.";
        }
    }

    private static string Text(JsonDocument json, string name) =>
        json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "?";

    private static int Misused(string fault)
    {
        Console.Error.WriteLine($"migrator verify-report: {fault} See migrator --help.");
        return CommandLine.BadSettings;
    }
}
