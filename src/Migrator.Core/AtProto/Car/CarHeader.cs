using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Car;

/// <summary>The header of a CAR file, version 1: a DAG-CBOR map with <c>roots</c> and <c>version</c>.</summary>
/// <param name="Roots">Where a reader should start; a repository has exactly one, its commit.</param>
public sealed record CarHeader(IReadOnlyList<Cid> Roots)
{
    private const int MaxRoots = 16;

    /// <param name="cbor">The header without the length in front of it.</param>
    /// <param name="offset">Where it stands in the file.</param>
    /// <exception cref="RepoFaultException">Not the header of a CAR file, version 1.</exception>
    public static CarHeader Read(ReadOnlySpan<byte> cbor, long offset)
    {
        var reader = new DagCborReader(cbor, offset);
        if (reader.Peek() != DagCborType.Map) throw Malformed("not a map");
        var map = reader.ReadMap();
        Cid[]? roots = null;
        long? version = null;
        while (map.Next(ref reader, out var key))
        {
            if (key.SequenceEqual("roots"u8)) roots = ReadRoots(ref reader, offset);
            else if (key.SequenceEqual("version"u8)) version = reader.ReadInteger();
            else throw Malformed("an unknown field");
        }
        reader.ExpectEnd();
        if (version != 1) throw Malformed(version is null ? "no version" : $"version {version}");
        if (roots is null) throw Malformed("no roots");
        return new CarHeader(roots);

        RepoFaultException Malformed(string detail) => new(RepoFault.CarHeader, offset, detail);
    }

    /// <summary>The one root that the file of a repository has.</summary>
    /// <exception cref="RepoFaultException">There is none or more than one.</exception>
    public Cid SingleRoot => Roots.Count == 1 ? Roots[0] : throw new RepoFaultException(RepoFault.CarRoots, 0, $"{Roots.Count} roots");

    private static Cid[] ReadRoots(ref DagCborReader reader, long offset)
    {
        var count = reader.ReadArray();
        if (count > MaxRoots) throw new RepoFaultException(RepoFault.CarRoots, offset, $"{count} roots");
        var roots = new Cid[count];
        for (var i = 0; i < count; i++) roots[i] = reader.ReadLink();
        return roots;
    }
}
