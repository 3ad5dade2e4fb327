using System.Globalization;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>Compares two states of an identity part by part. Empty exactly when they are equal.</summary>
public static class PlcDiff
{
    public static IReadOnlyList<PlcDifference> Compare(PlcOperationBody before, PlcOperationBody after)
    {
        var found = new List<PlcDifference>();
        string? handle = FirstHandle(before), newHandle = FirstHandle(after);
        if (handle != newHandle) found.Add(new PlcDifference(PlcField.Handle, null, Shown(handle), Shown(newHandle)));
        Maps(found, before.Services, after.Services, ServiceField, Describe);
        Maps(found, before.VerificationMethods, after.VerificationMethods, KeyField, key => key);
        Lists(found, PlcField.RotationKey, before.RotationKeys, after.RotationKeys);

        // The handle is already compared, so it's not listed again when another took its place.
        var known = found.Count;
        Lists(found, PlcField.OtherName, before.AlsoKnownAs, after.AlsoKnownAs);
        if (handle != newHandle)
        {
            for (var i = found.Count - 1; i >= known; i--)
            {
                if (IsPartOfHandleChange(found[i], handle, newHandle)) found.RemoveAt(i);
            }
        }
        return found;
    }

    private static bool IsPartOfHandleChange(PlcDifference difference, string? handle, string? newHandle) =>
        (difference.Name == handle && difference.After is null) || (difference.Name == newHandle && difference.Before is null);

    private static void Maps<T>(
        List<PlcDifference> found, IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T> after,
        Func<string, PlcField> field, Func<T, string> describe)
    {
        foreach (var name in before.Keys.Concat(after.Keys).Distinct())
        {
            bool was = before.TryGetValue(name, out var old), becomes = after.TryGetValue(name, out var next);
            if (was && becomes && Equals(old, next)) continue;
            found.Add(new PlcDifference(field(name), field(name) is PlcField.Server or PlcField.SigningKey ? null : name,
                was ? describe(old!) : null, becomes ? describe(next!) : null));
        }
    }

    /// <summary>What was added and removed, and what changed its place among those that stay. Places count from 1.</summary>
    private static void Lists(List<PlcDifference> found, PlcField field, IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        if (before.SequenceEqual(after)) return;
        var start = found.Count;
        foreach (var gone in before.Except(after)) found.Add(new PlcDifference(field, gone, Place(before, gone), null));
        var stayedBefore = before.Intersect(after).ToList();
        var stayedAfter = after.Intersect(before).ToList();
        foreach (var item in after.Distinct())
        {
            var old = stayedBefore.IndexOf(item);
            if (old < 0) found.Add(new PlcDifference(field, item, null, Place(after, item)));
            else if (old != stayedAfter.IndexOf(item)) found.Add(new PlcDifference(field, item, Place(before, item), Place(after, item)));
        }
        if (found.Count > start) return;

        // Only the number of repetitions differs.
        foreach (var item in before.Distinct())
        {
            int was = before.Count(b => b == item), becomes = after.Count(a => a == item);
            if (was == becomes) continue;
            found.Add(new PlcDifference(field, item, $"{Place(before, item)} ({was} times)", $"{Place(after, item)} ({becomes} times)"));
        }
        if (found.Count == start) found.Add(new PlcDifference(field, null, string.Join(", ", before), string.Join(", ", after)));
    }

    private static string Place(IReadOnlyList<string> list, string item)
    {
        var place = 1;
        while (list[place - 1] != item) place++;
        return place.ToString(CultureInfo.InvariantCulture);
    }

    private static string? FirstHandle(PlcOperationBody body) =>
        body.AlsoKnownAs.FirstOrDefault(name => PlcOperationBody.TryReadHandle(name, out _));

    private static string? Shown(string? handleUri) => handleUri?["at://".Length..];

    private static string Describe(ServiceEntry service) =>
        service.Type == PlcOperationBody.PdsServiceType ? service.Endpoint : $"{service.Endpoint} of type {service.Type}";

    private static PlcField ServiceField(string name) => name == PlcOperationBody.PdsServiceId ? PlcField.Server : PlcField.Service;

    private static PlcField KeyField(string name) =>
        name == PlcOperationBody.SigningKeyId ? PlcField.SigningKey : PlcField.VerificationKey;
}
