using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>The public audit logs, and operations that the reference implementation made.</summary>
public class PlcVectorTests
{
    private static readonly Dictionary<string, PlcFault> Invalid = new()
    {
        ["log_invalid_nullification_reused_key"] = PlcFault.BadSignature,
        ["log_invalid_nullification_too_slow"] = PlcFault.RecoveryTooLate,
        ["log_invalid_sig_b64_newline"] = PlcFault.BadSignature,
        ["log_invalid_sig_b64_padding_bits"] = PlcFault.BadSignature,
        ["log_invalid_sig_b64_padding_chars"] = PlcFault.BadSignature,
        ["log_invalid_sig_der"] = PlcFault.BadSignature,
        ["log_invalid_sig_k256_high_s"] = PlcFault.BadSignature,
        ["log_invalid_sig_p256_high_s"] = PlcFault.BadSignature,
        ["log_invalid_update_nullified"] = PlcFault.BadOrder,
        ["log_invalid_update_tombstoned"] = PlcFault.BadOrder,
    };

    [Fact]
    public void Every_valid_log_replays_to_the_end()
    {
        var files = Directory.GetFiles(TestVectors.Path("plc-interop/audit_log/valid"), "*.json");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var log = Read(file);
            var history = PlcAuditLog.Replay(DidOf(log), log);
            Assert.Equal(log.GetArrayLength(), history.Entries.Count);
            foreach (var (shown, entry) in log.EnumerateArray().Zip(history.Entries))
            {
                Assert.Equal(shown.GetProperty("nullified").GetBoolean(), entry.Nullified);
                Assert.True(JsonElement.DeepEquals(shown.GetProperty("operation"), entry.Operation.ToJson()), file);
            }
            Assert.Equal(Path.GetFileName(file).Contains("log_tombstone"), history.Tombstoned);
        }
    }

    [Fact]
    public void Every_invalid_log_is_refused_for_its_reason()
    {
        var files = Directory.GetFiles(TestVectors.Path("plc-interop/audit_log/invalid"), "*.json");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var log = Read(file);
            var fault = Assert.Throws<PlcFaultException>(() => PlcAuditLog.Replay(DidOf(log), log));
            Assert.Equal((file, Invalid[Path.GetFileNameWithoutExtension(file)]), (file, fault.Fault));
        }
    }

    [Fact]
    public void The_rescue_on_the_reference_server_replays()
    {
        var log = TestVectors.Json("pds-0.4.217-generated/plc-audit-nullified.json");
        var history = PlcAuditLog.Replay(DidOf(log), log);
        Assert.Equal([false, true, false], history.Entries.Select(e => e.Nullified));
        Assert.Equal(2, history.Valid.Count);
        Assert.Equal(history.Entries[2], history.Head);
        Assert.Equal(0, history.Head.SignedByIndex);
        Assert.Equal(1, history.Entries[1].SignedByIndex);
        Assert.Equal("http://localhost:2584", history.Current.PdsEndpoint);
        Assert.Single(history.SigningKeysNewestFirst);
    }

    [Fact]
    public void A_legacy_first_operation_is_read_as_an_ordinary_one()
    {
        var log = Read(TestVectors.Path("plc-interop/audit_log/valid/log_legacy_dholms.json"));
        var first = PlcAuditLog.Replay(DidOf(log), log).Entries[0].Operation;
        Assert.Equal(Did.Parse("did:plc:yk4dd2qkboz2yv6tpubpc6co"), first.DeriveDid());
        Assert.Equal("https://bsky.social", first.Body!.PdsEndpoint);
        Assert.Equal(Handle.Parse("dan.bsky.social"), first.Body.Handle);
        Assert.Equal(
            ["did:key:zQ3shhCGUqDKjStzuDxPkTxN6ujddP4RkEKJJouJGRRkaLGbg", "did:key:zQ3shP5TBe1sQfSttXty15FAEHV1DZgcxRZNxvEWnPfLFwLxJ"],
            first.Body.RotationKeys);
    }

    [Fact]
    public void Bytes_names_and_signatures_are_those_of_the_reference_implementation()
    {
        var made = TestVectors.Json("pds-0.4.217-generated/keys-plc-jwt.json");
        var genesis = SignedPlcOperation.FromJson(made.GetProperty("genesis").GetProperty("op"));
        Assert.Equal(Text(made, "genesis", "unsignedCborHex"), Convert.ToHexStringLower(genesis.Unsigned.BytesToSign));
        Assert.Equal(Text(made, "genesis", "signedCborHex"), Convert.ToHexStringLower(genesis.SignedBytes));
        Assert.Equal(Text(made, "genesis", "cid"), genesis.Cid.ToString());
        Assert.Equal(Text(made, "genesis", "did"), genesis.DeriveDid().ToString());
        Assert.InRange(genesis.FindSigner(genesis.Body!.RotationKeys), 0, 1);

        var update = SignedPlcOperation.FromJson(made.GetProperty("update").GetProperty("op"));
        Assert.Equal(Text(made, "update", "cid"), update.Cid.ToString());
        Assert.Equal(genesis.Cid, update.Prev);
        Assert.InRange(update.FindSigner(genesis.Body.RotationKeys), 0, 1);
        Assert.Throws<InvalidOperationException>(() => update.DeriveDid());
    }

    private static JsonElement Read(string file) => JsonElement.Parse(File.ReadAllBytes(file));

    private static Did DidOf(JsonElement log) => Did.Parse(log[0].GetProperty("did").GetString());

    private static string Text(JsonElement json, string part, string name) => json.GetProperty(part).GetProperty(name).GetString()!;
}
